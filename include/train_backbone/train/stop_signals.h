#pragma once

#include <csignal>
#include <optional>

namespace train_backbone::train {

// While it lives, SIGTERM and SIGINT are noted instead of ending the process. A second signal has
// its default effect at once, for a run that does not come to an end. The former handlers come back
// with the destructor. One instance at a time in a process.
class StopSignals {
 public:
  StopSignals();
  StopSignals(const StopSignals&) = delete;
  StopSignals& operator=(const StopSignals&) = delete;
  ~StopSignals();

  // The signal that asked for the end; nothing so far. May be asked from any thread.
  [[nodiscard]] static std::optional<int> received();

 private:
  struct sigaction former_terminate_ {};
  struct sigaction former_interrupt_ {};
};

}  // namespace train_backbone::train
