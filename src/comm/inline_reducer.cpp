#include "comm/inline_reducer.h"

#include <stdexcept>
#include <utility>

#include "comm/mean_over_ranks.h"

namespace train_backbone::comm {

void InlineReducer::begin(bool last_micro_batch) {
  if (reduces_) throw std::logic_error("GradientReducer: begin() before finish()");
  reduces_ = last_micro_batch;
}

void InlineReducer::finish() {
  if (!std::exchange(reduces_, false)) return;
  mean_over_ranks(*communicator_, arena_.gradients(), 0, arena_.gradients().numel());
}

void InlineReducer::reduce() {
  begin(true);
  finish();
}

std::unique_ptr<GradientReducer> make_inline_reducer(const ops::FlatArena& arena,
                                                     std::unique_ptr<Communicator> communicator) {
  return std::make_unique<InlineReducer>(arena, std::move(communicator));
}

}  // namespace train_backbone::comm
