#pragma once

#include <chrono>
#include <memory>
#include <utility>

#include "train_backbone/comm/gradient_reducer.h"

namespace train_backbone::comm {

// Another reducer, with a clock: how long the training thread has waited in finish(), that is for
// what of the reduction was not hidden behind the backward pass.
class TimedReducer final : public GradientReducer {
 public:
  explicit TimedReducer(std::unique_ptr<GradientReducer> reducer) : reducer_(std::move(reducer)) {}

  void begin(bool last_micro_batch) override { reducer_->begin(last_micro_batch); }
  void finish() override {
    const auto begin = std::chrono::steady_clock::now();
    reducer_->finish();
    seconds_ += std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  }
  [[nodiscard]] double seconds() const { return seconds_; }

 private:
  std::unique_ptr<GradientReducer> reducer_;
  double seconds_ = 0;
};

}  // namespace train_backbone::comm
