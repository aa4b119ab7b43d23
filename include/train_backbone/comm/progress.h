#pragma once

#include <atomic>
#include <cstdint>

namespace train_backbone::comm {

// What a rank is doing.
enum class Phase : int32_t { kStarting, kTraining, kValidating, kSaving, kEnding };

// "training", as a message names it.
const char* phase_name(Phase phase);

// Where a rank stands.
struct ProgressSnapshot {
  int64_t step = 0;
  Phase phase = Phase::kStarting;
  int64_t calls = 0;     // collective calls begun
  bool waiting = false;  // within one, for the others

  bool operator==(const ProgressSnapshot&) const = default;
};

// Kept by the run, read by the thread that sends heartbeats. Thread safe.
class Progress {
 public:
  void set_step(int64_t step) { step_ = step; }
  void set_phase(Phase phase) { phase_ = phase; }
  void begin_call() {
    ++calls_;
    waiting_ = true;
  }
  void end_call() { waiting_ = false; }

  [[nodiscard]] ProgressSnapshot snapshot() const {
    return {.step = step_, .phase = phase_, .calls = calls_, .waiting = waiting_};
  }

 private:
  std::atomic<int64_t> step_{0};
  std::atomic<Phase> phase_{Phase::kStarting};
  std::atomic<int64_t> calls_{0};
  std::atomic<bool> waiting_{false};
};

}  // namespace train_backbone::comm
