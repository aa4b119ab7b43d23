#pragma once

#include <functional>

#include "commands/bottleneck.h"
#include "train_backbone/data/batch/batch_source.h"
#include "train_backbone/train/observer.h"

namespace train_backbone::commands {

// Where the time of this rank goes, by the clocks of loader, reducer and training loop. The first
// of the observers that look at it.
class TimeKeeper : public train::TrainObserver {
 public:
  struct Clocks {
    std::function<data::LoaderWork()> loader;
    // Seconds so far:
    std::function<double()> reducing;
    std::function<double()> copying;
  };

  // `work`: what a rank works with (workers, cores, ...); its times are not looked at.
  TimeKeeper(const TrainingTimes& work, Clocks clocks);

  // Of the last interval and the last epoch that were told.
  [[nodiscard]] const TrainingTimes& interval() const { return interval_; }
  [[nodiscard]] const TrainingTimes& epoch() const { return epoch_; }

  void on_step(const train::StepReport& report) override;
  void on_interval(const train::IntervalReport& report) override;
  void on_epoch(const train::EpochReport& report) override;

 private:
  [[nodiscard]] TrainingTimes so_far() const;

  TrainingTimes work_;
  Clocks clocks_;
  train::Speed speed_;  // since the run began
  int64_t steps_ = 0;   // of this process
  TrainingTimes interval_begin_;
  TrainingTimes epoch_begin_;
  TrainingTimes interval_;
  TrainingTimes epoch_;
};

}  // namespace train_backbone::commands
