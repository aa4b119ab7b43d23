#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace train_backbone::optim {

// What a schedule depends on.
struct ScheduleSettings {
  std::string name = "cosine";  // cosine | piecewise_short | piecewise_long
  double peak = 0.1;            // learning rate after warm-up
  double warmup_factor = 0.125;
  double warmup_steps = 0;
  double steps_per_epoch = 1;  // records / global batch, not rounded
  int64_t total_steps = 1;     // of the whole run, never shortened by --max_steps
  bool compat_aws = false;     // cosine period = num_epochs after warm-up, as the original
  double num_epochs = 1;
};

// Learning rate per step: linear warm-up from warmup_factor * peak, then
//   cosine           0.5 * peak * (1 + cos(pi * t)), t = progress from the end of warm-up to the
//                    last step (Loshchilov and Hutter 2016), zero at total_steps
//   piecewise_short  times 0.1 at 25, 55, 75 and 100 epochs after warm-up
//   piecewise_long   times 0.1 at 55, 115 and 175 epochs after warm-up
// Immutable; a pure function of the step.
class LearningRateSchedule {
 public:
  // Throws core::UsageError for an unknown name.
  explicit LearningRateSchedule(ScheduleSettings settings);
  // step counts updates from 0.
  [[nodiscard]] double at(int64_t step) const;

 private:
  ScheduleSettings settings_;
};

std::vector<std::string> schedule_names();

}  // namespace train_backbone::optim
