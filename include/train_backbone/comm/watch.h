#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "train_backbone/comm/communicator.h"
#include "train_backbone/comm/progress.h"
#include "train_backbone/comm/watch_limits.h"

namespace train_backbone::comm {

class WatchMember;

// Notices when a rank of the run has died, stopped, lost its network or got stuck, in whatever
// phase and whatever call the others wait. Each rank sends heartbeats from a thread of its own,
// over a connection of its own to the first rank, which judges; the others judge the first one.
// When something is wrong with a rank, all others end at once: the one that noticed tells what, and
// `end` is called on each, from the watching thread. It must not return; the default leaves the
// process with exit code 4 without waiting for anything.
class Watch {
 public:
  struct Settings {
    WatchLimits limits;
    std::function<void()> end;  // empty: std::_Exit(4)
  };

  // Collective. `hosts` by rank. Borrows the progress, which is this rank's. Ranks on the first
  // one's host meet it on the loopback interface, others on any of its addresses.
  // Throws core::DeviceError when the ranks do not meet within the heartbeat's limit or, where
  // that is longer, 20 s.
  Watch(Communicator& communicator, const std::vector<std::string>& hosts, Settings settings,
        const Progress& progress);
  Watch(const Watch&) = delete;
  Watch& operator=(const Watch&) = delete;
  // Says goodbye: the run has ended as it should, on all ranks.
  ~Watch();

  // This rank alone cannot go on, and has said why: the others end.
  void tell_failure();

 private:
  std::unique_ptr<WatchMember> member_;
};

}  // namespace train_backbone::comm
