#include "train_backbone/core/progress.h"

#include <algorithm>
#include <utility>

#include "train_backbone/core/format.h"

namespace train_backbone::core {
namespace {

using Clock = std::chrono::steady_clock;

constexpr size_t kBarCells = 10;

double seconds(Clock::duration duration) { return std::chrono::duration<double>(duration).count(); }

std::string bar(double share) {
  const auto full = static_cast<size_t>(share * kBarCells);
  return format("[{}{}] ", std::string(full, '='), std::string(kBarCells - full, ' '));
}

}  // namespace

Progress::Progress(std::string title, std::string unit, uint64_t total, bool quiet,
                   std::chrono::seconds plain_interval)
    : title_(std::move(title)),
      unit_(std::move(unit)),
      total_(total),
      quiet_(quiet),
      line_(quiet, plain_interval),
      begin_(Clock::now()) {}

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
  if (finished_ || !line_.due()) return;
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
  line_.clear();
}

void Progress::write(uint64_t done, std::string_view detail, bool last) {
  const double elapsed = seconds(Clock::now() - begin_);
  const double share =
      total_ == 0 ? 1.0 : std::min(1.0, static_cast<double>(done) / static_cast<double>(total_));
  std::string line = format("{}: ", title_);
  if (line_.on_terminal() && !last) line += bar(share);
  line += format("{}/{} {} ({:.0f} %)", done, total_, unit_, share * 100);
  if (done > first_done_ && elapsed > 0) {
    const double rate = static_cast<double>(done - first_done_) / elapsed;
    line += format(", {:.{}f} {}/s", rate, rate < 10 ? 2 : 0, unit_);
    const uint64_t left = total_ > done ? total_ - done : 0;
    line += last ? format(", {} elapsed", clock_text(elapsed))
                 : format(", {} left", clock_text(static_cast<double>(left) / rate));
  }
  if (!detail.empty()) line += format(", {}", detail);
  if (last) {
    line_.finish(line);
  } else {
    line_.show(line);
  }
}

}  // namespace train_backbone::core
