#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>

namespace train_backbone::core {

// One line on standard output that tells where a long job stands. On a terminal it is rewritten a
// few times a second and never longer than a row; elsewhere (a pipe, a file, mpirun) there is a
// plain line at most every `plain_interval`. Not thread safe.
class StatusLine {
 public:
  // quiet: nothing is ever written.
  explicit StatusLine(bool quiet,
                      std::chrono::milliseconds plain_interval = std::chrono::seconds(10));

  // Whether it is time for the next line; ask before making it.
  [[nodiscard]] bool due() const;
  void show(std::string_view line);
  // A line that stays.
  void finish(std::string_view line);
  // Clears the rewritten line so that other text can be written.
  void clear();
  [[nodiscard]] bool on_terminal() const { return terminal_; }

 private:
  bool quiet_;
  bool terminal_;
  bool shown_ = false;
  std::chrono::steady_clock::time_point last_;
  std::chrono::steady_clock::duration interval_;
};

// What comes before the last ", " that leaves no more than `columns` characters; where there is
// none, the first of them.
std::string_view whole_parts(std::string_view text, size_t columns);

// The first `columns` characters (UTF-8 code points) of a text.
std::string_view first_columns(std::string_view text, size_t columns);

// "1:02:03"; "2d 03:04:05" from a day on; "-:--:--" for what is not a number.
std::string clock_text(double seconds);

}  // namespace train_backbone::core
