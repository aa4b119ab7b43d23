#pragma once

#include <cstdint>
#include <optional>

#include "train_backbone/train/run_state.h"

namespace train_backbone::train {

// Speed of training (validation, saving and start not counted) as this process sees it.
struct Speed {
  int64_t samples = 0;  // of all ranks
  double seconds = 0;
  double seconds_waited = 0;  // of these, for data

  [[nodiscard]] double samples_per_second() const { return seconds > 0 ? samples / seconds : 0; }
  [[nodiscard]] double waiting_share() const { return seconds > 0 ? seconds_waited / seconds : 0; }
};

struct StepReport {
  int64_t step = 0;          // updates done
  double epochs = 0;         // passes over the data so far
  double learning_rate = 0;  // of this step
  Meters batch;
  Speed speed;  // since the run began
};

struct IntervalReport {
  int64_t step = 0;
  double epochs = 0;
  double learning_rate = 0;
  Meters train;  // of the interval
  Speed speed;   // of the interval, or of what this process saw of it
};

struct EpochReport {
  int64_t epoch = 0;     // completed ones; the one in progress when not complete
  bool complete = true;  // false: the run ends inside the epoch (--max_steps)
  int64_t step = 0;
  double learning_rate = 0;  // of the last step
  Meters train;
  Speed speed;  // of the epoch, or of what this process saw of it
  std::optional<Meters> validation;
  bool best = false;  // the validation is the best one so far
};

// Is told what happens in a run. Observers are called in the order of their registration, from the
// training thread, and may throw to end the run.
class TrainObserver {
 public:
  virtual ~TrainObserver() = default;
  virtual void on_step(const StepReport& /*report*/) {}
  // Every log_every steps.
  virtual void on_interval(const IntervalReport& /*report*/) {}
  // Of the validation in progress so many samples are done; 0 when it begins.
  virtual void on_validation(int64_t /*samples*/) {}
  virtual void on_epoch(const EpochReport& /*report*/) {}
  // The state is to be saved, and is good: the weights have been found finite.
  virtual void on_checkpoint(const RunState& /*state*/) {}
};

}  // namespace train_backbone::train
