#pragma once

#include <c10/core/Device.h>

#include <chrono>
#include <functional>
#include <memory>
#include <utility>

#include "train_backbone/comm/gradient_reducer.h"
#include "train_backbone/ops/stream_wait.h"

namespace train_backbone::comm {

// Another reducer, with a clock: how long the training thread, or the stream of a GPU, has waited
// in finish() or reduce(), that is for what of the reduction was not hidden behind the backward
// pass.
class TimedReducer final : public GradientReducer {
 public:
  // `device`: of the gradients.
  TimedReducer(std::unique_ptr<GradientReducer> reducer, c10::Device device)
      : reducer_(std::move(reducer)), device_(device) {}

  void begin(bool last_micro_batch) override { reducer_->begin(last_micro_batch); }
  void finish() override {
    timed([this] { reducer_->finish(); });
  }
  void reduce() override {
    timed([this] { reducer_->reduce(); });
  }
  // Of a GPU's waits those that are over by now.
  [[nodiscard]] double seconds() const { return seconds_ + waits_.seconds(); }

 private:
  void timed(const std::function<void()>& wait) {
    if (!device_.is_cpu()) {
      waits_.add(ops::mark_wait(device_, wait));
      return;
    }
    const auto begin = std::chrono::steady_clock::now();
    wait();
    seconds_ += std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  }

  std::unique_ptr<GradientReducer> reducer_;
  c10::Device device_;
  double seconds_ = 0;
  ops::WaitClock waits_;
};

}  // namespace train_backbone::comm
