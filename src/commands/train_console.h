#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "commands/eta.h"
#include "commands/time_keeper.h"
#include "train_backbone/core/progress.h"
#include "train_backbone/core/status_line.h"
#include "train_backbone/train/observer.h"
#include "train_backbone/train/run_plan.h"

namespace train_backbone::commands {

// A run on standard output: where it stands, one line per epoch, and under it what limited the
// epoch and what to do about that. Silent when quiet. Borrows plan and times.
class TrainConsole : public train::TrainObserver {
 public:
  struct Settings {
    int64_t validation_records = 0;  // whose progress is shown: this rank's
    int64_t first_step = 0;
    int64_t ranks = 1;
    bool quiet = false;
    std::chrono::milliseconds interval = std::chrono::seconds(10);  // where there is no terminal
  };

  TrainConsole(const train::RunPlan& plan, const TimeKeeper& times, const Settings& settings);

  void on_step(const train::StepReport& report) override;
  void on_validation(int64_t samples) override;
  void on_epoch(const train::EpochReport& report) override;
  // Leaves the cursor at the beginning of an empty line.
  void finish();

 private:
  [[nodiscard]] std::string speed_text(const train::Speed& speed);
  [[nodiscard]] std::string terminal_line(const train::StepReport& report);
  [[nodiscard]] std::string plain_line(const train::StepReport& report);

  const train::RunPlan& plan_;
  const TimeKeeper& times_;
  Settings settings_;
  Eta eta_;
  core::StatusLine line_;
  double last_seconds_ = 0;  // of training, at the last step
  train::Speed shown_;       // at the last line
  std::unique_ptr<core::Progress> validation_;
};

}  // namespace train_backbone::commands
