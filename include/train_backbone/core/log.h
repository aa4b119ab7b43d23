#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>

#include "train_backbone/core/format.h"

// Diagnostics, on standard error. Results and progress go to standard output instead.
namespace train_backbone::core {

enum class LogLevel { kDebug, kInfo, kWarning, kError };

// "debug" | "info" | "warning" | "error"; throws UsageError for other names.
LogLevel parse_log_level(std::string_view name);

// Chooses what is written from now on; colours only on a terminal and without NO_COLOR.
// Call once, before any thread starts. The default is kInfo.
void configure_log(LogLevel lowest);

// Put before each line from now on: "[r3/8 host] ". Empty by default. As configure_log().
void label_log(std::string label);
const std::string& log_label();

// From now on the text of tell_error() and tell_last_error() also replaces the content of this
// file, made with its folder when it comes to that; at most kErrorBytes of it.
void copy_errors_to(std::filesystem::path path);
inline constexpr size_t kErrorBytes = 1024;

// What ends the program: "error: TEXT" on standard error behind all results so far.
void tell_error(std::string_view text);
// The same from any thread of a process that ends behind it, whatever its other threads do: past
// the streams, and not at all where standard error takes nothing for a second. A file of
// copy_errors_to() that holds something already stays as it is.
void tell_last_error(std::string_view text);

// Writes one line. Thread safe.
void log_line(LogLevel level, std::string_view text);

template <class... Args>
void log_debug(fmt::format_string<Args...> text, Args&&... args) {
  log_line(LogLevel::kDebug, fmt::format(text, std::forward<Args>(args)...));
}
template <class... Args>
void log_info(fmt::format_string<Args...> text, Args&&... args) {
  log_line(LogLevel::kInfo, fmt::format(text, std::forward<Args>(args)...));
}
template <class... Args>
void log_warning(fmt::format_string<Args...> text, Args&&... args) {
  log_line(LogLevel::kWarning, fmt::format(text, std::forward<Args>(args)...));
}
template <class... Args>
void log_error(fmt::format_string<Args...> text, Args&&... args) {
  log_line(LogLevel::kError, fmt::format(text, std::forward<Args>(args)...));
}

}  // namespace train_backbone::core
