#pragma once

#include <memory>

#include "train_backbone/comm/gradient_reducer.h"

namespace train_backbone::comm {

// See make_inline_reducer.
class InlineReducer : public GradientReducer {
 public:
  InlineReducer(const ops::FlatArena& arena, std::unique_ptr<Communicator> communicator)
      : arena_(arena), communicator_(std::move(communicator)) {}
  void begin(bool last_micro_batch) override;
  void finish() override;
  void reduce() override;

 private:
  const ops::FlatArena& arena_;
  std::unique_ptr<Communicator> communicator_;
  bool reduces_ = false;
};

}  // namespace train_backbone::comm
