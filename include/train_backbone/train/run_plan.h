#pragma once

#include <cstdint>
#include <optional>

namespace train_backbone::train {

// How many steps a run has and where its epochs end. Epochs lie end to end in one endless order of
// samples and a batch may span their border: epoch e (from 0) is complete after ceil((e + 1) N / B)
// steps of B samples over N records. The run has floor(num_epochs N / B) steps; the samples that
// are left over after its last step (fewer than B) are dropped, and only those.
// Immutable.
class RunPlan {
 public:
  // Throws core::UsageError: a batch larger than the data set, or a run shorter than one step.
  // `max_steps` ends the run early and changes nothing else.
  RunPlan(int64_t records, int64_t batch_size, double num_epochs,
          std::optional<int64_t> max_steps = {});

  [[nodiscard]] int64_t records() const { return records_; }
  [[nodiscard]] int64_t batch_size() const { return batch_size_; }
  // Of the whole run; what schedules go by.
  [[nodiscard]] int64_t total_steps() const { return total_steps_; }
  // Where this run stops: total_steps, or earlier by max_steps.
  [[nodiscard]] int64_t end_step() const { return end_step_; }
  [[nodiscard]] int64_t dropped_samples() const { return dropped_samples_; }
  [[nodiscard]] double steps_per_epoch() const;  // not rounded
  // Epochs that are complete after `step` updates. The last step completes the last epoch.
  [[nodiscard]] int64_t completed_epochs(int64_t step) const;
  // Whether update number `step` (the first is 1) completes an epoch. More than one may end in one
  // step only at the end of the run.
  [[nodiscard]] bool ends_epoch(int64_t step) const;
  // Passes over the data after `step` updates, with fraction; num_epochs at the last step.
  [[nodiscard]] double epochs_at(int64_t step) const;
  // Epochs of the whole run, a begun one counted.
  [[nodiscard]] int64_t epochs() const;

 private:
  int64_t records_;
  int64_t batch_size_;
  double num_epochs_;
  int64_t total_steps_ = 0;
  int64_t end_step_ = 0;
  int64_t dropped_samples_ = 0;
};

}  // namespace train_backbone::train
