#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace train_backbone::commands {

// What there is, apart from what is to be thought of it (judge_machine.h).

inline constexpr uint64_t kUnlimited = ~uint64_t{0};

struct SharedMemoryFacts {
  std::string path = "/dev/shm";
  bool there = true;
  uint64_t bytes = 0;
  uint64_t free = 0;
  int64_t ranks_on_host = 1;
};

struct LimitFacts {
  uint64_t locked_memory = kUnlimited;  // bytes
  uint64_t open_files = kUnlimited;     // the hard limit: the program raises the soft one itself
  uint64_t shards = 0;
};

struct CoreFacts {
  int64_t online = 1;      // of the machine
  int64_t bound = 1;       // that this process is bound to (affinity)
  int64_t usable = 1;      // of those, with a container's limit on processor time
  int64_t for_itself = 1;  // of those, shared with the other ranks that may run on the same ones
  int64_t ranks_on_host = 1;
  int64_t workers = 0;          // as given; 0: auto
  int64_t compute_threads = 0;  // as given; 0: all
};

struct ClockFacts {
  int64_t now = 0;          // seconds
  int64_t program = 0;      // when the program's file was made
  std::string newest_file;  // of the data and the run's folder; empty: none
  int64_t newest = 0;
  double between_ranks = 0;  // seconds by which the ranks' clocks differ, at least
};

struct SpaceFacts {
  std::string path;  // --model_dir
  bool writable = true;
  uint64_t free = 0;
  uint64_t needed = 0;  // by the checkpoints and weights that are kept at a time
  std::string model;
};

SharedMemoryFacts probe_shared_memory(int64_t ranks_on_host);
LimitFacts probe_limits(uint64_t shards);
// Where a folder does not exist yet, its nearest parent is looked at.
SpaceFacts probe_space(const std::string& model_dir, const std::string& model, uint64_t needed);
// online, bound and usable.
CoreFacts probe_cores();
// now and program.
ClockFacts probe_clock();

}  // namespace train_backbone::commands
