#include "train_backbone/train/run_plan.h"

#include <algorithm>
#include <cmath>

#include "train_backbone/core/errors.h"
#include "train_backbone/core/format.h"

namespace train_backbone::train {
namespace {

constexpr double kMostSamples = 9007199254740992.0;  // 2^53

// Decimal fractions of epochs miss whole numbers by a rounding error: 0.29 x 100 is below 29.
constexpr double kRounding = 1e-6;

int64_t samples_of(int64_t records, double num_epochs) {
  const double samples = num_epochs * static_cast<double>(records) + kRounding;
  if (!(samples < kMostSamples)) {
    throw core::UsageError(
        core::format("--num_epochs {}: that many passes over {} records are beyond counting",
                     num_epochs, records));
  }
  return static_cast<int64_t>(samples);
}

}  // namespace

RunPlan::RunPlan(int64_t records, int64_t batch_size, double num_epochs,
                 std::optional<int64_t> max_steps)
    : records_(records), batch_size_(batch_size), num_epochs_(num_epochs) {
  if (batch_size > records) {
    throw core::UsageError(core::format(
        "a step of {} samples (--batch_size x ranks x --accumulate_steps, or --global_batch_size) "
        "is larger than the data set of {} training records; take a smaller batch",
        batch_size, records));
  }
  const int64_t samples = samples_of(records, num_epochs);
  total_steps_ = samples / batch_size;
  dropped_samples_ = samples % batch_size;
  if (total_steps_ == 0) {
    throw core::UsageError(core::format(
        "--num_epochs {} of {} records are less than one step of {} samples; choose more epochs or "
        "a smaller --batch_size",
        num_epochs, records, batch_size));
  }
  end_step_ = std::min(total_steps_, max_steps.value_or(total_steps_));
}

double RunPlan::steps_per_epoch() const {
  return static_cast<double>(records_) / static_cast<double>(batch_size_);
}

int64_t RunPlan::completed_epochs(int64_t step) const {
  return step == total_steps_ ? epochs() : step * batch_size_ / records_;
}

bool RunPlan::ends_epoch(int64_t step) const {
  return step > 0 && completed_epochs(step) > completed_epochs(step - 1);
}

double RunPlan::epochs_at(int64_t step) const {
  return step == total_steps_ ? num_epochs_ : static_cast<double>(step) / steps_per_epoch();
}

int64_t RunPlan::epochs() const {
  return static_cast<int64_t>(std::ceil(num_epochs_ - kRounding / static_cast<double>(records_)));
}

}  // namespace train_backbone::train
