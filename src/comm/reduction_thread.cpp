#include "comm/reduction_thread.h"

#include <utility>

#include "comm/mean_over_ranks.h"

namespace train_backbone::comm {

ReductionThread::ReductionThread(at::Tensor flat, std::unique_ptr<Communicator> communicator)
    : flat_(std::move(flat)), communicator_(std::move(communicator)), thread_([this] { run(); }) {}

ReductionThread::~ReductionThread() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void ReductionThread::submit(int64_t begin, int64_t end) {
  {
    const std::lock_guard lock(mutex_);
    if (error_) return;  // wait() tells
    queue_.push_back({.begin = begin, .end = end});
  }
  changed_.notify_all();
}

void ReductionThread::wait() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return error_ || (queue_.empty() && !busy_); });
  if (error_) std::rethrow_exception(error_);
}

bool ReductionThread::next(Stretch& stretch) {
  std::unique_lock lock(mutex_);
  busy_ = false;
  if (queue_.empty()) changed_.notify_all();
  changed_.wait(lock, [this] { return ending_ || !queue_.empty(); });
  if (ending_) return false;
  stretch = queue_.front();
  queue_.pop_front();
  busy_ = true;
  return true;
}

void ReductionThread::run() {
  try {
    for (Stretch stretch; next(stretch);) {
      mean_over_ranks(*communicator_, flat_, stretch.begin, stretch.end);
    }
  } catch (...) {
    const std::lock_guard lock(mutex_);
    error_ = std::current_exception();
    queue_.clear();
    changed_.notify_all();
  }
}

}  // namespace train_backbone::comm
