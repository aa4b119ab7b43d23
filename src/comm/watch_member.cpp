#include "comm/watch_member.h"

#include <poll.h>

#include <algorithm>
#include <utility>

#include "train_backbone/core/format.h"
#include "train_backbone/core/log.h"

namespace train_backbone::comm {
namespace {

using Clock = std::chrono::steady_clock;

constexpr auto kLongestInterval = std::chrono::milliseconds(1000);
constexpr auto kGoodbye = std::chrono::milliseconds(3000);  // how long that of peers is waited for
constexpr int kBeatsWithinLimit = 10;
constexpr int kPauseIntervals = 3;

}  // namespace

WatchMember::WatchMember(Settings settings, std::vector<std::unique_ptr<WatchLine>> lines,
                         const Progress& progress)
    : settings_(std::move(settings)),
      lines_(std::move(lines)),
      left_(lines_.size(), false),
      progress_(progress),
      board_(settings_.hosts, settings_.limits, Clock::now()),
      interval_(std::min<std::chrono::milliseconds>(
          kLongestInterval, settings_.limits.heartbeat / kBeatsWithinLimit)) {
  for (size_t peer = 0; peer < lines_.size(); ++peer) {
    const bool own = static_cast<int64_t>(peer) == settings_.rank;
    // Of a peer without a line the first rank takes care.
    if (!own && !lines_[peer]) board_.said_goodbye(static_cast<int64_t>(peer));
  }
  thread_ = std::thread([this] { watch(); });
}

WatchMember::~WatchMember() {
  leaving_ = true;
  thread_.join();
}

void WatchMember::tell_failure() {
  failed_ = true;
  leaving_ = true;
}

bool WatchMember::all_have_left() const {
  for (size_t peer = 0; peer < lines_.size(); ++peer) {
    if (lines_[peer] && !left_[peer] && !lines_[peer]->closed()) return false;
  }
  return true;
}

void WatchMember::watch() {
  Clock::time_point next_beat = Clock::now();
  Clock::time_point last_turn = next_beat;
  while (!leaving_) {
    // After a pause of this process (a stopped job, a closed laptop) the others may have been
    // paused, too: what they did not say meanwhile is not held against them.
    const Clock::time_point now = Clock::now();
    if (now - last_turn > kPauseIntervals * interval_) board_.forgive(now - last_turn);
    last_turn = now;
    for (size_t peer = 0; peer < lines_.size(); ++peer) hear(peer);
    board_.heard(settings_.rank, progress_.snapshot(), Clock::now());
    judge();
    // What is heard wakes this thread, too: an answer to each beat would never end.
    if (Clock::now() >= next_beat) {
      send_all(WatchKind::kBeat);
      next_beat = Clock::now() + interval_;
    }
    wait();
  }
  send_all(failed_ ? WatchKind::kFailure : WatchKind::kGoodbye);
  const Clock::time_point give_up = Clock::now() + kGoodbye;
  while (!failed_ && !all_have_left() && Clock::now() < give_up) {
    wait();
    for (size_t peer = 0; peer < lines_.size(); ++peer) hear(peer);
  }
}

// For news, or the next moment to look at the time.
void WatchMember::wait() {
  std::vector<pollfd> waiting;
  for (size_t peer = 0; peer < lines_.size(); ++peer) {
    if (!lines_[peer] || lines_[peer]->closed()) continue;
    waiting.push_back({.fd = lines_[peer]->fd(), .events = POLLIN, .revents = 0});
  }
  constexpr std::chrono::milliseconds kMoment(100);  // leaving_ is looked at so often
  ::poll(waiting.data(), waiting.size(), static_cast<int>(std::min(interval_, kMoment).count()));
}

void WatchMember::hear(size_t peer) {
  WatchLine* line = lines_[peer].get();
  if (line == nullptr) return;
  for (const WatchMessage& message : line->receive()) take(peer, message);
  if (line->closed() && !left_[peer]) board_.hung_up(static_cast<int64_t>(peer));
}

void WatchMember::take(size_t peer, const WatchMessage& message) {
  const auto rank = static_cast<int64_t>(peer);
  switch (message.kind) {
    case WatchKind::kBeat:
      board_.heard(rank, message.progress, Clock::now());
      break;
    case WatchKind::kGoodbye:
      left_[peer] = true;
      board_.said_goodbye(rank);
      break;
    case WatchKind::kFailure:
      end_run(core::format(
                  "rank {} ({}) has failed after step {} while {}; its own message says why", rank,
                  settings_.hosts[peer], message.progress.step, phase_name(message.progress.phase)),
              true);
      break;
    case WatchKind::kVerdict:
      end_run(message.text, false);
      break;
    case WatchKind::kHello:
      break;
  }
}

void WatchMember::send_all(WatchKind kind, const std::string& text) {
  for (size_t peer = 0; peer < lines_.size(); ++peer) {
    if (!lines_[peer] || left_[peer]) continue;
    lines_[peer]->send(
        {.kind = kind, .rank = settings_.rank, .progress = progress_.snapshot(), .text = text});
  }
}

// Only the first rank hears of all, and so knows who waits for whom.
void WatchMember::judge() {
  const auto verdict =
      settings_.rank == 0 ? board_.verdict(Clock::now()) : board_.lost(Clock::now());
  if (verdict) end_run(*verdict, true);
}

void WatchMember::end_run(const std::string& text, bool tell) {
  if (leaving_) return;
  // The peers first: a terminal may take no more.
  if (settings_.rank == 0) send_all(WatchKind::kVerdict, text);
  if (tell) core::tell_last_error(text);
  settings_.end();
}

}  // namespace train_backbone::comm
