#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "train_backbone/comm/progress.h"
#include "train_backbone/comm/watch_limits.h"

namespace train_backbone::comm {

// What is known of the ranks of a run, and what to make of it. Knows no clock and no network: times
// are told. Not thread safe.
class WatchBoard {
 public:
  using Time = std::chrono::steady_clock::time_point;

  // All ranks count as heard at `now`. `hosts` by rank.
  WatchBoard(std::vector<std::string> hosts, WatchLimits limits, Time now);

  void heard(int64_t rank, const ProgressSnapshot& progress, Time now);
  // It ended as it should, and is not looked at any more.
  void said_goodbye(int64_t rank);
  // Its connection closed without a goodbye.
  void hung_up(int64_t rank);

  // No rank could be heard for so long, as this process itself did not run.
  void forgive(std::chrono::steady_clock::duration pause);

  // What is wrong, naming rank, host, step and phase: "rank 3 (host b) has ended ...". Nothing
  // while all is well. A rank that has ended is worse than a silent one, a silent one worse than
  // one that makes no progress; of those that do not, the ones that others wait for are named. The
  // limit for that is ten times the second longest step so far where that is more: one that was
  // held up does not count.
  [[nodiscard]] std::optional<std::string> verdict(Time now) const;
  // The part of it that needs not all ranks to be known: who has ended or is silent.
  [[nodiscard]] std::optional<std::string> lost(Time now) const;

 private:
  struct Rank {
    std::string host;
    ProgressSnapshot progress;
    Time heard;     // last sign of life
    Time advanced;  // last change of its progress
    Time stepped;   // last change of its step or phase
    std::chrono::steady_clock::duration longest_step{0};
    std::chrono::steady_clock::duration second_longest_step{0};
    bool left = false;
    bool hung_up = false;
  };

  [[nodiscard]] std::string described(size_t rank) const;
  [[nodiscard]] std::optional<std::string> ended() const;
  [[nodiscard]] std::optional<std::string> silent(Time now) const;
  [[nodiscard]] std::optional<std::string> stuck(Time now) const;
  [[nodiscard]] std::chrono::steady_clock::duration progress_limit() const;

  std::vector<Rank> ranks_;
  WatchLimits limits_;
};

}  // namespace train_backbone::comm
