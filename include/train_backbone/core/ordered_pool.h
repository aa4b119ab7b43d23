#pragma once

#include <algorithm>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <limits>
#include <map>
#include <mutex>
#include <optional>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "train_backbone/core/errors.h"
#include "train_backbone/core/format.h"

namespace train_backbone::core {

// Does numbered tasks on threads of its own and hands their results out in the tasks' order.
//
// Tasks 0, 1, 2, ... start in that order. At most `window` tasks are begun and not yet handed out,
// which bounds memory when the reader is slow. A task's exception travels: next() throws it in the
// place of the task's result, after all results before it; tasks behind it may or may not have run.
template <class Result>
class OrderedPool {
 public:
  // What does the work: called at the same time from `workers` threads with the number of the
  // worker, in [0, workers), for scratch memory, and of the task, each task once.
  using Work = std::function<Result(size_t worker, uint64_t task)>;
  static constexpr uint64_t kEndless = std::numeric_limits<uint64_t>::max();

  // workers >= 1. A window below `workers` would leave some idle and is raised to it.
  // Throws DeviceError when the system does not give that many threads.
  OrderedPool(size_t workers, uint64_t tasks, size_t window, Work work)
      : work_(std::move(work)), tasks_(tasks), window_(std::max(window, workers)) {
    try {
      for (size_t worker = 0; worker < workers; ++worker) {
        threads_.emplace_back([this, worker] { run(worker); });
      }
    } catch (const std::system_error& error) {
      stop();
      throw DeviceError(format("cannot start {} threads ({}); use fewer --workers", workers,
                               error.code().message()));
    }
  }
  OrderedPool(const OrderedPool&) = delete;
  OrderedPool& operator=(const OrderedPool&) = delete;
  // Begins no further task, waits for the running ones and drops what was not fetched.
  ~OrderedPool() { stop(); }

  // The next task's result, waiting for it; nothing behind the last task. Throws what the task
  // threw, and the same again on every later call. To be called from one thread at a time.
  std::optional<Result> next() {
    std::unique_lock lock(mutex_);
    if (handed_out_ == tasks_) return std::nullopt;
    result_ready_.wait(lock, [this] { return ready_.contains(handed_out_); });
    const auto found = ready_.find(handed_out_);
    if (found->second.error) std::rethrow_exception(found->second.error);
    Result result = std::move(*found->second.result);
    ready_.erase(found);
    ++handed_out_;
    room_free_.notify_one();
    return std::optional<Result>(std::in_place, std::move(result));
  }

  // Whether the pool is being torn down; a long task may look and end early.
  [[nodiscard]] bool stopping() const {
    const std::lock_guard lock(mutex_);
    return stopping_;
  }

 private:
  struct Outcome {
    std::optional<Result> result;
    std::exception_ptr error;
  };

  void run(size_t worker) {
    while (const std::optional<uint64_t> task = take()) {
      Outcome outcome;
      try {
        outcome.result.emplace(work_(worker, *task));
      } catch (...) {
        outcome.error = std::current_exception();
      }
      put(*task, std::move(outcome));
    }
  }

  std::optional<uint64_t> take() {
    std::unique_lock lock(mutex_);
    room_free_.wait(lock, [this] {
      return stopping_ || failed_ || begun_ == tasks_ || begun_ - handed_out_ < window_;
    });
    if (stopping_ || failed_ || begun_ == tasks_) return std::nullopt;
    return begun_++;
  }

  void put(uint64_t task, Outcome outcome) {
    const std::lock_guard lock(mutex_);
    if (outcome.error) {
      failed_ = true;
      room_free_.notify_all();
    }
    ready_.emplace(task, std::move(outcome));
    result_ready_.notify_one();
  }

  void stop() {
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    room_free_.notify_all();
    for (std::thread& thread : threads_) thread.join();
  }

  Work work_;
  uint64_t tasks_;
  size_t window_;
  mutable std::mutex mutex_;
  std::condition_variable room_free_;
  std::condition_variable result_ready_;
  std::map<uint64_t, Outcome> ready_;
  uint64_t begun_ = 0;
  uint64_t handed_out_ = 0;
  bool failed_ = false;
  bool stopping_ = false;
  std::vector<std::thread> threads_;  // last: they use everything above
};

}  // namespace train_backbone::core
