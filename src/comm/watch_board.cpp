#include "comm/watch_board.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "train_backbone/core/format.h"

namespace train_backbone::comm {
namespace {

// A step that takes longer than the limit is no failure where the others take nearly as long.
constexpr int kStepsInLimit = 10;

double seconds(std::chrono::steady_clock::duration time) {
  return std::chrono::duration<double>(time).count();
}

}  // namespace

const char* phase_name(Phase phase) {
  switch (phase) {
    case Phase::kStarting:
      return "starting";
    case Phase::kTraining:
      return "training";
    case Phase::kValidating:
      return "validating";
    case Phase::kSaving:
      return "saving";
    case Phase::kEnding:
      return "ending";
  }
  return "unknown";
}

WatchBoard::WatchBoard(std::vector<std::string> hosts, WatchLimits limits, Time now)
    : limits_(limits) {
  for (std::string& host : hosts) {
    ranks_.push_back(
        {.host = std::move(host), .progress = {}, .heard = now, .advanced = now, .stepped = now});
  }
}

void WatchBoard::heard(int64_t rank, const ProgressSnapshot& progress, Time now) {
  Rank& known = ranks_.at(static_cast<size_t>(rank));
  known.heard = now;
  if (known.progress == progress) return;
  const ProgressSnapshot before = std::exchange(known.progress, progress);
  known.advanced = now;
  if (progress.step == before.step && progress.phase == before.phase) return;
  // Neither what comes before the first step nor validation and saving count.
  if (progress.phase == Phase::kTraining && before.phase == Phase::kTraining) {
    const auto step = now - known.stepped;
    known.second_longest_step =
        std::max(known.second_longest_step, std::min(known.longest_step, step));
    known.longest_step = std::max(known.longest_step, step);
  }
  known.stepped = now;
}

void WatchBoard::said_goodbye(int64_t rank) { ranks_.at(static_cast<size_t>(rank)).left = true; }

void WatchBoard::hung_up(int64_t rank) { ranks_.at(static_cast<size_t>(rank)).hung_up = true; }

void WatchBoard::forgive(std::chrono::steady_clock::duration pause) {
  for (Rank& rank : ranks_) {
    rank.heard += pause;
    rank.advanced += pause;
    rank.stepped += pause;
  }
}

std::string WatchBoard::described(size_t rank) const {
  const Rank& known = ranks_[rank];
  return core::format("rank {} ({})", rank, known.host);
}

std::optional<std::string> WatchBoard::verdict(Time now) const {
  if (auto text = lost(now)) return text;
  return stuck(now);
}

std::optional<std::string> WatchBoard::lost(Time now) const {
  if (auto text = ended()) return text;
  return silent(now);
}

std::optional<std::string> WatchBoard::ended() const {
  for (size_t i = 0; i < ranks_.size(); ++i) {
    const Rank& rank = ranks_[i];
    if (rank.left || !rank.hung_up) continue;
    return core::format(
        "{} has ended without a word after step {} while {}: killed (out of memory?) or crashed; "
        "what it printed last, and its system's log, may tell",
        described(i), rank.progress.step, phase_name(rank.progress.phase));
  }
  return std::nullopt;
}

std::optional<std::string> WatchBoard::silent(Time now) const {
  for (size_t i = 0; i < ranks_.size(); ++i) {
    const Rank& rank = ranks_[i];
    if (rank.left || now - rank.heard <= limits_.heartbeat) continue;
    return core::format(
        "{} has been silent for {:.0f} s after step {} while {}: its process is stopped, its host "
        "is down, or the network between the hosts is (--heartbeat_timeout)",
        described(i), seconds(now - rank.heard), rank.progress.step,
        phase_name(rank.progress.phase));
  }
  return std::nullopt;
}

std::chrono::steady_clock::duration WatchBoard::progress_limit() const {
  std::chrono::steady_clock::duration limit = limits_.progress;
  for (const Rank& rank : ranks_) limit = std::max(limit, kStepsInLimit * rank.second_longest_step);
  return limit;
}

// A run stands still when none of its ranks has moved. Those that wait in the latest call wait for
// the others. Making an index at the start may take long.
std::optional<std::string> WatchBoard::stuck(Time now) const {
  const auto limit = progress_limit();
  int64_t most_calls = std::numeric_limits<int64_t>::min();
  for (const Rank& rank : ranks_) {
    if (rank.left) continue;
    if (rank.progress.phase == Phase::kStarting || now - rank.advanced <= limit) {
      return std::nullopt;
    }
    if (rank.progress.waiting) most_calls = std::max(most_calls, rank.progress.calls);
  }
  std::string names;
  for (size_t i = 0; i < ranks_.size(); ++i) {
    const Rank& rank = ranks_[i];
    if (rank.left || (rank.progress.waiting && rank.progress.calls == most_calls)) continue;
    names += core::format("{}{} after step {} while {}", names.empty() ? "" : ", ", described(i),
                          rank.progress.step, phase_name(rank.progress.phase));
  }
  if (names.empty()) {
    if (most_calls == std::numeric_limits<int64_t>::min()) return std::nullopt;  // all have left
    names = "all ranks wait for each other";
  }
  return core::format(
      "no progress for {:.0f} s: {}; a run whose steps take that long needs a larger "
      "--progress_timeout",
      seconds(limit), names);
}

}  // namespace train_backbone::comm
