#include "train_backbone/core/progress.h"

#include <algorithm>
#include <cstdio>
#include <utility>

#include "train_backbone/core/format.h"
#include "train_backbone/core/terminal.h"

namespace train_backbone::core {
namespace {

using Clock = std::chrono::steady_clock;

constexpr auto kTerminalInterval = std::chrono::milliseconds(200);
constexpr size_t kBarCells = 24;
constexpr std::string_view kClearLine = "\r\x1b[K";

double seconds(Clock::duration duration) { return std::chrono::duration<double>(duration).count(); }

std::string clock_text(double seconds_left) {
  const auto whole = static_cast<uint64_t>(seconds_left + 0.5);
  return format("{}:{:02}:{:02}", whole / 3600, whole / 60 % 60, whole % 60);
}

std::string bar(double share) {
  const auto full = static_cast<size_t>(share * kBarCells);
  return format("[{}{}] ", std::string(full, '='), std::string(kBarCells - full, ' '));
}

void put(std::string_view text) {
  std::fwrite(text.data(), 1, text.size(), stdout);
  std::fflush(stdout);
}

}  // namespace

Progress::Progress(std::string title, std::string unit, uint64_t total, bool quiet,
                   std::chrono::seconds plain_interval)
    : title_(std::move(title)),
      unit_(std::move(unit)),
      total_(total),
      quiet_(quiet),
      terminal_(writes_to_terminal()),
      begin_(Clock::now()),
      last_write_(begin_),
      interval_(plain_interval) {
  if (terminal_) interval_ = kTerminalInterval;
}

Progress::~Progress() { clear_line(); }

void Progress::start_at(uint64_t done) {
  const std::lock_guard lock(mutex_);
  first_done_ = done;
  done_ = done;
  begin_ = Clock::now();
}

void Progress::update(uint64_t done, std::string_view detail) {
  if (quiet_) return;
  const std::lock_guard lock(mutex_);
  done_ = std::max(done_, done);
  if (finished_ || Clock::now() - last_write_ < interval_) return;
  write(done_, detail, false);
}

void Progress::finish(std::string_view detail) {
  const std::lock_guard lock(mutex_);
  if (quiet_ || finished_) return;
  write(done_, detail, true);
  finished_ = true;
}

void Progress::clear_line() {
  const std::lock_guard lock(mutex_);
  if (quiet_ || !terminal_ || finished_) return;
  put(kClearLine);
}

void Progress::write(uint64_t done, std::string_view detail, bool last) {
  last_write_ = Clock::now();
  const double elapsed = seconds(last_write_ - begin_);
  const double share =
      total_ == 0 ? 1.0 : std::min(1.0, static_cast<double>(done) / static_cast<double>(total_));
  std::string line = terminal_ ? std::string(kClearLine) : std::string();
  line += format("{}: ", title_);
  if (terminal_ && !last) line += bar(share);
  line += format("{}/{} {} ({:.0f} %)", done, total_, unit_, share * 100);
  if (done > first_done_ && elapsed > 0) {
    const double rate = static_cast<double>(done - first_done_) / elapsed;
    line += format(", {:.{}f} {}/s", rate, rate < 10 ? 2 : 0, unit_);
    const uint64_t left = total_ > done ? total_ - done : 0;
    line += last ? format(", {} elapsed", clock_text(elapsed))
                 : format(", {} left", clock_text(static_cast<double>(left) / rate));
  }
  if (!detail.empty()) line += format(", {}", detail);
  if (!terminal_ || last) line += '\n';
  put(line);
}

}  // namespace train_backbone::core
