#pragma once

#include <ctime>
#include <utility>

namespace train_backbone::data {

// Laps of computing time of the calling thread: what else the machine does stays out.
class ThreadClock {
 public:
  // Seconds since the last lap.
  double lap() {
    const double now = seconds();
    return now - std::exchange(last_, now);
  }

 private:
  static double seconds() {
    timespec time{};
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
  }

  double last_ = seconds();
};

}  // namespace train_backbone::data
