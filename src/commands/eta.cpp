#include "commands/eta.h"

#include <algorithm>
#include <limits>

namespace train_backbone::commands {

Eta::Eta(const train::RunPlan& plan, int64_t first_step, double validation_steps)
    : plan_(plan), validation_steps_(validation_steps), step_(first_step) {}

// Between two steps of one epoch all time counts as the step's, also that of saving.
void Eta::on_step(int64_t step, double now, double seconds) {
  step_ = step;
  if (!any_) {
    any_ = true;
    first_seconds_ = seconds;
  } else {
    const double passed = std::max(now - last_now_, seconds);
    ++counted_;
    counted_seconds_ += closed_ ? seconds : passed;
    if (closed_) {
      ++pauses_;
      paused_seconds_ += passed - seconds;
    }
  }
  closed_ = false;
  last_now_ = now;
}

double Eta::step_seconds() const {
  if (!any_) return std::numeric_limits<double>::quiet_NaN();
  return counted_ > 0 ? counted_seconds_ / static_cast<double>(counted_) : first_seconds_;
}

double Eta::pause_seconds() const {
  return pauses_ > 0 ? paused_seconds_ / static_cast<double>(pauses_)
                     : validation_steps_ * step_seconds();
}

// The step that ends the epoch in progress: ceil of a multiple of the steps per epoch.
int64_t Eta::epoch_end() const {
  int64_t low = step_;
  int64_t high = plan_.end_step();
  const int64_t done = plan_.completed_epochs(step_);
  while (low < high) {
    const int64_t middle = low + (high - low) / 2;
    if (plan_.completed_epochs(middle) > done) {
      high = middle;
    } else {
      low = middle + 1;
    }
  }
  return std::min(low, plan_.end_step());
}

double Eta::epoch_left() const {
  return static_cast<double>(epoch_end() - step_) * step_seconds() + pause_seconds();
}

double Eta::run_left() const {
  const int64_t end = plan_.end_step();
  const int64_t epochs = plan_.completed_epochs(end) - plan_.completed_epochs(step_);
  // The last epoch is closed whether it is complete or not.
  const int64_t pauses = epochs + (plan_.ends_epoch(end) || step_ == end ? 0 : 1);
  return static_cast<double>(std::max<int64_t>(0, end - step_)) * step_seconds() +
         static_cast<double>(pauses) * pause_seconds();
}

}  // namespace train_backbone::commands
