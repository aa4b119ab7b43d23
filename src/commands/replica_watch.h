#pragma once

#include <cstdint>

#include "train_backbone/comm/communicator.h"
#include "train_backbone/models/classifier.h"
#include "train_backbone/optim/sgd.h"
#include "train_backbone/train/observer.h"
#include "train_backbone/train/replicate.h"

namespace train_backbone::commands {

// Compares the ranks' weights every so many steps (0: never) and before each checkpoint; on every
// rank. Borrows all.
class ReplicaWatch : public train::TrainObserver {
 public:
  ReplicaWatch(comm::Communicator& communicator, const models::Classifier& model,
               const optim::Sgd& optimizer, int64_t every)
      : communicator_(communicator), model_(model), optimizer_(optimizer), every_(every) {}

  void on_step(const train::StepReport& report) override {
    if (every_ > 0 && report.step % every_ == 0) check(report.step);
  }
  void on_checkpoint(const train::RunState& state) override {
    if (every_ > 0) check(state.step);
  }

 private:
  void check(int64_t step) const { train::check_replicas(communicator_, step, model_, optimizer_); }

  comm::Communicator& communicator_;
  const models::Classifier& model_;
  const optim::Sgd& optimizer_;
  int64_t every_;
};

}  // namespace train_backbone::commands
