#pragma once

#include <cstdint>
#include <memory>

#include "train_backbone/core/progress.h"
#include "train_backbone/train/observer.h"
#include "train_backbone/train/run_plan.h"

namespace train_backbone::commands {

// A run on standard output: progress of steps and validation, one line per epoch. Silent when
// quiet. Borrows the plan.
class TrainConsole : public train::TrainObserver {
 public:
  TrainConsole(const train::RunPlan& plan, int64_t validation_records, int64_t first_step,
               bool quiet);

  void on_step(const train::StepReport& report) override;
  void on_validation(int64_t samples) override;
  void on_epoch(const train::EpochReport& report) override;
  // Leaves the cursor at the beginning of an empty line.
  void finish();

 private:
  const train::RunPlan& plan_;
  int64_t validation_records_;
  bool quiet_;
  core::Progress steps_;
  std::unique_ptr<core::Progress> validation_;
};

}  // namespace train_backbone::commands
