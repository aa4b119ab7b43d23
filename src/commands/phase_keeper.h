#pragma once

#include <cstdint>

#include "train_backbone/comm/progress.h"
#include "train_backbone/train/observer.h"

namespace train_backbone::commands {

// Keeps a rank's place in the run for the watch over the ranks. The first observer of every rank.
// Borrows the progress.
class PhaseKeeper : public train::TrainObserver {
 public:
  explicit PhaseKeeper(comm::Progress& progress) : progress_(progress) {
    progress_.set_phase(comm::Phase::kTraining);
  }

  void on_step(const train::StepReport& report) override {
    progress_.set_step(report.step);
    progress_.set_phase(comm::Phase::kTraining);
  }
  void on_validation(int64_t /*samples*/) override {
    progress_.set_phase(comm::Phase::kValidating);
  }
  void on_checkpoint(const train::RunState& /*state*/) override {
    progress_.set_phase(comm::Phase::kSaving);
  }

 private:
  comm::Progress& progress_;
};

}  // namespace train_backbone::commands
