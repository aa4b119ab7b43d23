#include "train_backbone/train/stop_signals.h"

#include <atomic>
#include <cstdint>
#include <ctime>

namespace train_backbone::train {
namespace {

// A handler reaches nothing but static storage.
std::atomic<int> received_signal{0};
static_assert(std::atomic<int>::is_always_lock_free, "a signal handler must not lock");

std::atomic<int64_t> received_at{0};
static_assert(std::atomic<int64_t>::is_always_lock_free, "a signal handler must not lock");

int64_t milliseconds_now() {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  constexpr int64_t kMilli = 1000;
  return now.tv_sec * kMilli + now.tv_nsec / (kMilli * kMilli);
}

// A signal to all processes of a job also comes from the one that started this one, and the end of
// a session brings SIGTERM and SIGHUP together.
constexpr int64_t kSameRequest = 1000;

bool is_same_request(int first, int number) {
  if (milliseconds_now() - received_at >= kSameRequest) return false;
  return number == first || number == SIGHUP || first == SIGHUP;
}

extern "C" void note_signal(int number) {
  int none = 0;
  if (received_signal.compare_exchange_strong(none, number)) {
    received_at = milliseconds_now();
    return;
  }
  if (is_same_request(none, number)) return;
  std::signal(number, SIG_DFL);
  std::raise(number);  // delivered when this handler returns
}

}  // namespace

StopSignals::StopSignals() {
  received_signal = 0;
  struct sigaction action {};
  action.sa_handler = note_signal;
  action.sa_flags = SA_RESTART;
  sigemptyset(&action.sa_mask);
  for (size_t i = 0; i < kStopSignals.size(); ++i) {
    sigaction(kStopSignals[i], &action, &former_[i]);
    const bool is_ignored = former_[i].sa_handler == SIG_IGN;
    if (kStopSignals[i] == SIGHUP && is_ignored) sigaction(SIGHUP, &former_[i], nullptr);
  }
}

StopSignals::~StopSignals() {
  for (size_t i = 0; i < kStopSignals.size(); ++i) sigaction(kStopSignals[i], &former_[i], nullptr);
}

std::optional<int> StopSignals::received() {
  const int number = received_signal;
  if (number == 0) return std::nullopt;
  return number;
}

}  // namespace train_backbone::train
