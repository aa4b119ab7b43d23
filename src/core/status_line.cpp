#include "train_backbone/core/status_line.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>

#include "train_backbone/core/format.h"
#include "train_backbone/core/terminal.h"

namespace train_backbone::core {
namespace {

using Clock = std::chrono::steady_clock;

constexpr auto kTerminalInterval = std::chrono::milliseconds(200);
constexpr std::string_view kClearLine = "\r\x1b[K";

void put(std::string_view text) {
  std::fwrite(text.data(), 1, text.size(), stdout);
  std::fflush(stdout);
}

}  // namespace

StatusLine::StatusLine(bool quiet, std::chrono::milliseconds plain_interval)
    : quiet_(quiet),
      terminal_(writes_to_terminal()),
      last_(Clock::now()),
      interval_(terminal_ ? kTerminalInterval : plain_interval) {}

bool StatusLine::due() const { return !quiet_ && Clock::now() - last_ >= interval_; }

void StatusLine::show(std::string_view line) {
  if (quiet_) return;
  last_ = Clock::now();
  if (terminal_) {
    // The last column stays free: some terminals would begin a new row.
    put(format("{}{}", kClearLine, whole_parts(line, terminal_columns() - 1)));
    shown_ = true;
  } else {
    put(format("{}\n", line));
  }
}

void StatusLine::finish(std::string_view line) {
  if (quiet_) return;
  clear();
  put(format("{}\n", line));
}

void StatusLine::clear() {
  if (!shown_) return;
  put(kClearLine);
  shown_ = false;
}

std::string_view first_columns(std::string_view text, size_t columns) {
  constexpr unsigned char kContinues = 0x80;
  constexpr unsigned char kMask = 0xC0;
  size_t seen = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    const bool begins = (static_cast<unsigned char>(text[i]) & kMask) != kContinues;
    if (begins && seen++ == columns) return text.substr(0, i);
  }
  return text;
}

std::string_view whole_parts(std::string_view text, size_t columns) {
  constexpr std::string_view kComma = ", ";
  const std::string_view cut = first_columns(text, columns);
  if (cut.size() == text.size()) return cut;
  // What would be seen of a number that is cut is another number.
  const size_t comma = text.rfind(kComma, cut.size());
  return comma == std::string_view::npos ? cut : text.substr(0, comma);
}

std::string clock_text(double seconds) {
  constexpr uint64_t kMinute = 60;
  constexpr uint64_t kHour = 60 * kMinute;
  constexpr uint64_t kDay = 24 * kHour;
  constexpr double kForever = 1e9;
  if (!std::isfinite(seconds) || seconds > kForever) return "-:--:--";
  const auto whole = static_cast<uint64_t>(std::max(0.0, seconds) + 0.5);
  const std::string clock =
      format("{}:{:02}:{:02}", whole % kDay / kHour, whole % kHour / kMinute, whole % kMinute);
  return whole < kDay ? clock
                      : format("{}d {}{}", whole / kDay, clock.size() < 8 ? "0" : "", clock);
}

}  // namespace train_backbone::core
