#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "train_backbone/comm/launch.h"

namespace train_backbone::comm {

// Processes of one host that are to be the ranks of a run.
struct LocalRanks {
  std::filesystem::path program = {};     // what each executes
  std::vector<std::string> command = {};  // its arguments, its name first
  int64_t count = 1;
  Launch host = {};  // this process's: of several hosts, each of which starts as many
  std::chrono::milliseconds grace{10'000};  // of the others when one has failed
};

// The variables of rank `local_rank`: `environment` with those that torchrun would set (and
// one more, which says that it was not torchrun). The ranks
// meet at `port` of the first host.
Environment local_rank_environment(const Environment& environment, const LocalRanks& ranks,
                                   int64_t local_rank, int64_t port);

// Starts the processes and waits for all of them. SIGTERM, SIGUSR1, SIGINT and SIGHUP (unless it is
// ignored) to this process go to all; the terminal's Ctrl-C reaches this process alone. Where this
// process dies, they get SIGTERM. When one fails, which is told, the others have `grace` to end,
// and are killed then. Returns 0, or the exit code of the first that failed (4 for one that a
// signal killed). Throws core::DeviceError when a process cannot be started. For a process of one
// thread.
int run_local_ranks(const LocalRanks& ranks);

}  // namespace train_backbone::comm
