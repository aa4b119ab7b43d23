#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "commands/settings.h"
#include "train_backbone/comm/communicator.h"
#include "train_backbone/comm/launch.h"
#include "train_backbone/comm/options.h"
#include "train_backbone/comm/progress.h"
#include "train_backbone/comm/watch.h"
#include "train_backbone/core/log.h"
#include "train_backbone/ops/device.h"

namespace train_backbone::commands {

// The ranks of a run as this process sees them. Made once, before anything else of the run; on a
// run of one rank nothing is connected and every call is free.
class RunRanks {
 public:
  // Finds out from the environment who is there, and connects. From then on this process's
  // diagnostics carry its rank, and only the first rank's say more than errors.
  // While it lives, a rank that dies, stops or gets stuck ends all others (comm::Watch).
  // Throws core::UsageError for an environment that contradicts itself, core::DeviceError when the
  // ranks do not meet.
  RunRanks(const comm::CommOptions& options, core::LogLevel lowest);
  RunRanks(const RunRanks&) = delete;
  RunRanks& operator=(const RunRanks&) = delete;
  // Leaves the process with exit code 4 where a rank does not come to the end in time.
  ~RunRanks();

  [[nodiscard]] int64_t rank() const { return launch_.rank; }
  [[nodiscard]] int64_t world_size() const { return launch_.world_size; }
  [[nodiscard]] bool is_first() const { return launch_.rank == 0; }
  [[nodiscard]] bool is_alone() const { return launch_.world_size == 1; }
  // MPI connects the ranks.
  [[nodiscard]] bool over_mpi() const { return launch_.over_mpi; }
  [[nodiscard]] const std::string& host_of(int64_t rank) const {
    return hosts_[static_cast<size_t>(rank)];
  }
  // For the run's own thread.
  [[nodiscard]] comm::Communicator& control() { return *control_; }
  // Another channel, for another thread. Collective.
  [[nodiscard]] std::unique_ptr<comm::Communicator> channel() { return control_->duplicate(); }
  // The set-up, in which all ranks would warn of the same, is done: from here on the others'
  // warnings count, too.
  void end_set_up() const;
  // This rank among those of its host.
  [[nodiscard]] ops::RankPlace place() const;
  // Every rank has a GPU of its own (or several may share one), or none has any. Throws as
  // ops::check_gpus_of_ranks, on all ranks, and core::UsageError for options of the host's wire
  // that several GPUs do not use. Collective.
  void check_devices(const ops::Device& device, const comm::CommOptions& options);
  // Where this rank stands, for the watch over all of them.
  [[nodiscard]] comm::Progress& progress() { return progress_; }
  // For a rank that has lost another: the watch, which hears of the one at fault, ends this process
  // and says so. Returns when it does not.
  void await_verdict() const;
  // This rank alone cannot go on, and has said why: the others end at once.
  void tell_failure() {
    if (watch_) watch_->tell_failure();
  }
  // "4 ranks by Open MPI on a, b".
  [[nodiscard]] std::string text() const;
  // Cores that this process has for itself: those it may run on, shared with the other ranks of its
  // host that may run on the same ones. At least 1.
  [[nodiscard]] int64_t cores() const { return cores_; }

  // The first of its host.
  [[nodiscard]] bool leads_host() const;
  [[nodiscard]] int64_t ranks_on_host() const;

  // Runs `work` on one rank of each host before the others, which find there what it has left (an
  // index in a cache). What fails on one rank fails on all.
  void one_per_host_first(const std::function<void()>& work);
  // Runs `work`; what fails on one rank fails on all. Collective, and `work` must not be.
  void together(const std::function<void()>& work);
  // Whether it is true on any rank. Collective.
  bool any(bool own);

 private:
  void meet();

  core::LogLevel lowest_;
  std::chrono::milliseconds heartbeat_;
  comm::Launch launch_;
  comm::Progress progress_;
  std::unique_ptr<comm::Communicator> control_;
  std::vector<std::string> hosts_;  // by rank
  int64_t cores_ = 1;
  std::unique_ptr<comm::Watch> watch_;  // none alone
};

// The options of all ranks must be the same but for paths and threads, and so must be the records
// that they see and the program's version. Throws core::UsageError naming what differs, where, and
// both values, on all ranks; the first one tells. Collective.
void check_agreement(RunRanks& ranks, const TrainSettings& settings, uint64_t training_fingerprint,
                     uint64_t validation_fingerprint);

}  // namespace train_backbone::commands
