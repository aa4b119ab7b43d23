#include "train_backbone/ops/wait_clock.h"

#include <utility>

namespace train_backbone::ops {

void WaitClock::add(std::unique_ptr<StreamWait> wait) {
  while (!open_.empty() && open_.front()->is_over()) {
    seconds_ += open_.front()->seconds();
    open_.pop_front();
  }
  open_.push_back(std::move(wait));
}

}  // namespace train_backbone::ops
