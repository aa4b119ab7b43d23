#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "comm/watch_board.h"
#include "comm/watch_line.h"
#include "train_backbone/comm/progress.h"

namespace train_backbone::comm {

// The watching thread of one rank: sends heartbeats over its lines, hears those of others, and ends
// the process when something is wrong. The first rank has a line to every other rank, the others
// have one to the first.
class WatchMember {
 public:
  struct Settings {
    int64_t rank = 0;
    std::vector<std::string> hosts;  // by rank
    WatchLimits limits;
    std::function<void()> end;
  };

  // `lines`: by rank, nullptr where there is none. Begins at once.
  WatchMember(Settings settings, std::vector<std::unique_ptr<WatchLine>> lines,
              const Progress& progress);
  WatchMember(const WatchMember&) = delete;
  WatchMember& operator=(const WatchMember&) = delete;
  // Says goodbye and waits for that of the peers, for a few seconds at most.
  ~WatchMember();

  void tell_failure();

 private:
  void watch();
  void wait();
  void hear(size_t peer);
  void take(size_t peer, const WatchMessage& message);
  void send_all(WatchKind kind, const std::string& text = {});
  void judge();
  // Something is wrong: tells the user (unless another rank does) and the peers, and ends.
  void end_run(const std::string& text, bool tell);
  [[nodiscard]] bool all_have_left() const;

  Settings settings_;
  std::vector<std::unique_ptr<WatchLine>> lines_;
  std::vector<bool> left_;  // peers that have said goodbye or hung up behind it
  const Progress& progress_;
  WatchBoard board_;
  std::chrono::milliseconds interval_;
  std::atomic<bool> leaving_{false};
  std::atomic<bool> failed_{false};
  std::thread thread_;
};

}  // namespace train_backbone::comm
