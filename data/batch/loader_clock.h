#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>

#include "train_backbone/data/batch/batch_source.h"

namespace train_backbone::data {

// Adds up what the loader's threads do. Thread safe; costs a thread some nanoseconds per picture.
class LoaderClock {
 public:
  using Clock = std::chrono::steady_clock;

  void add_reading(Clock::duration time, uint64_t bytes) {
    reading_.fetch_add(nanoseconds(time), std::memory_order_relaxed);
    bytes_.fetch_add(bytes, std::memory_order_relaxed);
  }
  void add_decoding(Clock::duration time) {
    decoding_.fetch_add(nanoseconds(time), std::memory_order_relaxed);
  }
  [[nodiscard]] LoaderWork work() const {
    constexpr double kNano = 1e-9;
    return {.seconds_reading = kNano * static_cast<double>(reading_.load()),
            .seconds_decoding = kNano * static_cast<double>(decoding_.load()),
            .bytes_read = bytes_.load()};
  }

 private:
  static uint64_t nanoseconds(Clock::duration time) {
    return static_cast<uint64_t>(
        std::chrono::duration_cast<std::chrono::nanoseconds>(time).count());
  }

  std::atomic<uint64_t> reading_ = 0;
  std::atomic<uint64_t> decoding_ = 0;
  std::atomic<uint64_t> bytes_ = 0;
};

}  // namespace train_backbone::data
