#pragma once

#include <array>
#include <csignal>
#include <optional>

namespace train_backbone::train {

inline constexpr std::array<int, 4> kStopSignals{SIGTERM, SIGINT, SIGUSR1, SIGHUP};

// While it lives, SIGTERM, SIGINT, SIGUSR1 (which mpirun passes on) and SIGHUP (of a terminal that
// is closed; not where it is ignored, as nohup has it) are noted instead of ending the process. A
// second signal has its default effect at once, for a run that does not come to an end; but SIGHUP
// has none then, and the same signal within a second, or any within a second of SIGHUP, is the same
// request, which reached the whole job. The former handlers come back with the destructor. One
// instance at a time in a process.
class StopSignals {
 public:
  StopSignals();
  StopSignals(const StopSignals&) = delete;
  StopSignals& operator=(const StopSignals&) = delete;
  ~StopSignals();

  // The signal that asked for the end; nothing so far. May be asked from any thread.
  [[nodiscard]] static std::optional<int> received();

 private:
  std::array<struct sigaction, kStopSignals.size()> former_{};
};

}  // namespace train_backbone::train
