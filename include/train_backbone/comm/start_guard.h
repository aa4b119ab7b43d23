#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>

namespace train_backbone::comm {

// While ranks meet there are no heartbeats yet, and while they part there are none any more; their
// calls wait without end for one that has stopped. Unless this object is gone by `limit`, it tells
// `text` and leaves the process with exit code 4.
class StartGuard {
 public:
  StartGuard(std::chrono::milliseconds limit, std::string text);
  StartGuard(const StartGuard&) = delete;
  StartGuard& operator=(const StartGuard&) = delete;
  ~StartGuard();

 private:
  void watch(std::chrono::milliseconds limit);

  std::string text_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool done_ = false;
  std::thread thread_;
};

}  // namespace train_backbone::comm
