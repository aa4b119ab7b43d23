#pragma once

#include "train_backbone/comm/communicator.h"
#include "train_backbone/train/observer.h"

namespace train_backbone::commands {

// The last observer of every rank: no rank goes on, to the end of the program perhaps, before the
// first one has saved. Borrows the communicator.
class SaveBarrier : public train::TrainObserver {
 public:
  explicit SaveBarrier(comm::Communicator& communicator) : communicator_(communicator) {}
  void on_checkpoint(const train::RunState& /*state*/) override { communicator_.barrier(); }

 private:
  comm::Communicator& communicator_;
};

}  // namespace train_backbone::commands
