#include "train_backbone/comm/start_guard.h"

#include <cstdlib>
#include <utility>

#include "train_backbone/core/errors.h"
#include "train_backbone/core/log.h"

namespace train_backbone::comm {

StartGuard::StartGuard(std::chrono::milliseconds limit, std::string text)
    : text_(std::move(text)), thread_([this, limit] { watch(limit); }) {}

StartGuard::~StartGuard() {
  {
    const std::lock_guard lock(mutex_);
    done_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void StartGuard::watch(std::chrono::milliseconds limit) {
  std::unique_lock lock(mutex_);
  if (changed_.wait_for(lock, limit, [this] { return done_; })) return;
  core::tell_last_error(text_);
  std::_Exit(static_cast<int>(core::ExitCode::kDevice));
}

}  // namespace train_backbone::comm
