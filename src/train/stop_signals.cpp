#include "train_backbone/train/stop_signals.h"

#include <atomic>
#include <cstdint>
#include <ctime>

namespace train_backbone::train {
namespace {

// A handler reaches nothing but static storage. The signal and its time in one, as two signals may
// be handled on two threads at once: milliseconds << 8 | number; 0: none.
std::atomic<int64_t> request{0};
static_assert(std::atomic<int64_t>::is_always_lock_free, "a signal handler must not lock");

constexpr int kNumberBits = 8;
constexpr int64_t kNumber = (1 << kNumberBits) - 1;

int64_t milliseconds_now() {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  constexpr int64_t kMilli = 1000;
  return now.tv_sec * kMilli + now.tv_nsec / (kMilli * kMilli);
}

// A signal to all processes of a job also comes from the one that started this one, and the end of
// a session brings SIGTERM behind SIGHUP.
constexpr int64_t kSameRequest = 1000;

// Whoever closes a terminal does not ask for an end by force.
bool is_same_request(int64_t first, int number, int64_t now) {
  if (number == SIGHUP) return true;
  const int64_t first_number = first & kNumber;
  return now - (first >> kNumberBits) < kSameRequest &&
         (first_number == number || first_number == SIGHUP);
}

extern "C" void note_signal(int number) {
  const int64_t now = milliseconds_now();
  int64_t first = 0;
  if (request.compare_exchange_strong(first, now << kNumberBits | number)) return;
  if (is_same_request(first, number, now)) return;
  std::signal(number, SIG_DFL);
  std::raise(number);  // delivered when this handler returns
}

}  // namespace

StopSignals::StopSignals() {
  request = 0;
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
  const int64_t first = request;
  if (first == 0) return std::nullopt;
  return static_cast<int>(first & kNumber);
}

}  // namespace train_backbone::train
