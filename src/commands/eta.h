#pragma once

#include <cstdint>

#include "train_backbone/train/run_plan.h"

namespace train_backbone::commands {

// How long a run still takes, from what its steps and the pauses between epochs (validation,
// saving) have taken so far. Is told times instead of asking a clock. Borrows the plan.
class Eta {
 public:
  // `validation_steps`: what a validation costs in training steps, before one has been measured.
  Eta(const train::RunPlan& plan, int64_t first_step, double validation_steps);

  // Step `step` is done at second `now` of any clock and took `seconds` itself.
  void on_step(int64_t step, double now, double seconds);
  // The epoch was closed (validated, saved) since the last step.
  void on_epoch() { closed_ = true; }

  // Seconds to the end of the run and of the epoch in progress; NaN before the first step.
  [[nodiscard]] double run_left() const;
  [[nodiscard]] double epoch_left() const;

 private:
  [[nodiscard]] double step_seconds() const;
  [[nodiscard]] double pause_seconds() const;
  [[nodiscard]] int64_t epoch_end() const;

  const train::RunPlan& plan_;
  double validation_steps_;
  int64_t step_;
  double last_now_ = 0;
  // The first step warms up and counts only while there is no other.
  int64_t counted_ = 0;
  double counted_seconds_ = 0;
  double first_seconds_ = 0;
  bool any_ = false;
  bool closed_ = false;
  int64_t pauses_ = 0;
  double paused_seconds_ = 0;
};

}  // namespace train_backbone::commands
