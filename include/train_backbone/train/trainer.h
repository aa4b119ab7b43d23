#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "train_backbone/data/batch/batch_source.h"
#include "train_backbone/optim/schedule.h"
#include "train_backbone/train/evaluator.h"
#include "train_backbone/train/observer.h"
#include "train_backbone/train/run_plan.h"
#include "train_backbone/train/run_state.h"
#include "train_backbone/train/train_step.h"

namespace train_backbone::train {

struct TrainerSettings {
  int64_t eval_every_epochs = 1;       // 0: only at the end
  int64_t checkpoint_every_steps = 0;  // 0: at ends of epochs only
  int64_t log_every_steps = 10;
};

// What a trainer works with; all borrowed.
struct TrainerParts {
  const RunPlan& plan;
  const optim::LearningRateSchedule& schedule;
  const models::Classifier& model;  // looked at for NaN and infinity before each checkpoint
  TrainStep& step;
  Evaluator& evaluator;
  // A fresh source over all validation records, for each validation.
  std::function<std::unique_ptr<data::BatchSource>()> validation_batches;
  // Asked after each step and during validation: end the run after saving?
  std::function<bool()> stop;
  // Whether it is true on any rank; none: there is one.
  std::function<bool(bool)> any_rank = {};
};

// The loop over steps and epochs: steps until the plan's end, validates and saves where it is due,
// tells its observers. On a GPU the numbers of a step are looked at, and told, when the next one
// has been started, so that the GPU never waits for the host; before anything is validated or
// saved, all of them have been. Owns the run's state. Not thread safe.
class Trainer {
 public:
  Trainer(TrainerSettings settings, TrainerParts parts, RunState state = {});

  // Borrowed; observers are told in the order in which they were added.
  void add_observer(TrainObserver& observer) { observers_.push_back(&observer); }

  // Goes on from the state's step with `batches`, whose first batch is that of this step, to the
  // end of the plan or until stopped (validation that was cut short is made up for when the run is
  // resumed). Returns whether the end was reached.
  // Throws core::DivergedError, naming the step, when a loss, a weight or a statistic is NaN or
  // infinite; on_checkpoint is not called then. Throws core::Error kInternal when batches run out,
  // and what the sources throw, a core::DataError after on_checkpoint.
  bool run(data::BatchSource& batches);

  [[nodiscard]] const RunState& state() const { return state_; }
  [[nodiscard]] const Speed& speed() const { return total_; }

 private:
  // A step that has been started, and whose numbers have not been looked at.
  struct StartedStep {
    PendingMeters meters;
    int64_t step = 0;
    double learning_rate = 0;
    Speed speed;  // its samples are not known yet
  };

  void step(data::BatchSource& batches);
  // Looks at the numbers of the step that was started last, if that is still to be done.
  void settle();
  // Validates, reports and saves after the last step of an epoch or run; leaves that undone when
  // stopped during validation.
  void close_epoch();
  bool validate(EpochReport& report);  // false: stopped meanwhile
  void report_step(const StartedStep& started, const Meters& batch);
  void check_numbers() const;
  void save();
  void save_if_due();
  void keeping_progress(const std::function<void()>& work);
  [[nodiscard]] bool must_close() const;
  [[nodiscard]] bool validation_due() const;
  [[nodiscard]] double last_rate() const;

  TrainerSettings settings_;
  TrainerParts parts_;
  RunState state_;
  std::vector<TrainObserver*> observers_;
  std::optional<StartedStep> started_;
  int64_t saved_step_ = -1;
  Speed total_;
  Speed epoch_;
  Speed interval_;
};

}  // namespace train_backbone::train
