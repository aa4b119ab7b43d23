#pragma once

#include <optional>

#include "train_backbone/comm/communicator.h"

namespace train_backbone::commands {

// Whether the run is to end after saving. A signal that reaches one rank ends all at the same step.
class AgreedStop {
 public:
  // The communicator is borrowed.
  explicit AgreedStop(comm::Communicator& communicator) : communicator_(communicator) {}

  // Whether a signal has come to any rank so far; the same on all. Collective.
  bool ask();
  // The signal that ask() has found.
  [[nodiscard]] std::optional<int> signal() const { return signal_; }

 private:
  comm::Communicator& communicator_;
  std::optional<int> signal_;
};

}  // namespace train_backbone::commands
