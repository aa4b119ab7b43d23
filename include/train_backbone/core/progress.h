#pragma once

#include <chrono>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>

#include "train_backbone/core/status_line.h"

namespace train_backbone::core {

// Progress of a long job on standard output. On a terminal one line that is rewritten (bar, share,
// rate, ETA, detail); elsewhere a plain line every `plain_interval`. The rate is the mean since the
// begin. Thread safe.
class Progress {
 public:
  // `unit` is what is counted ("img"); quiet writes nothing.
  Progress(std::string title, std::string unit, uint64_t total, bool quiet,
           std::chrono::seconds plain_interval = std::chrono::seconds(10));
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;
  ~Progress();
  // A continued job: `done` units were there before; rate and ETA count from here and now.
  void start_at(uint64_t done);
  // `done` so far, of `total`; a smaller value than an earlier call's is ignored, so that threads
  // may report in any order. Cheap: writes at most a few times a second. `detail` is put behind the
  // figures.
  void update(uint64_t done, std::string_view detail = {});
  // Last state as a line of its own.
  void finish(std::string_view detail = {});
  // Clears the rewritten line so that other text can be written to standard output.
  void clear_line();

 private:
  void write(uint64_t done, std::string_view detail, bool last);

  std::string title_;
  std::string unit_;
  uint64_t total_;
  bool quiet_;
  StatusLine line_;
  std::chrono::steady_clock::time_point begin_;
  uint64_t first_done_ = 0;
  uint64_t done_ = 0;
  bool finished_ = false;
  std::mutex mutex_;
};

}  // namespace train_backbone::core
