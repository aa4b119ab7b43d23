#include "train_backbone/core/log.h"

#include <poll.h>
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <string>
#include <utility>

#include "train_backbone/core/errors.h"
#include "train_backbone/core/suggest.h"

namespace train_backbone::core {
namespace {

spdlog::level::level_enum spdlog_level(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug:
      return spdlog::level::debug;
    case LogLevel::kInfo:
      return spdlog::level::info;
    case LogLevel::kWarning:
      return spdlog::level::warn;
    case LogLevel::kError:
      return spdlog::level::err;
  }
  return spdlog::level::err;
}

std::shared_ptr<spdlog::logger> make_logger() {
  const char* refused = std::getenv("NO_COLOR");
  const bool plain = refused != nullptr && *refused != '\0';
  auto sink = std::make_shared<spdlog::sinks::stderr_color_sink_mt>(
      plain ? spdlog::color_mode::never : spdlog::color_mode::automatic);
  auto logger = std::make_shared<spdlog::logger>("train_backbone", std::move(sink));
  logger->set_pattern("%^%l:%$ %v");
  logger->flush_on(spdlog::level::debug);
  return logger;
}

// The one process-wide object: diagnostics must reach standard error from any thread and room.
spdlog::logger& logger() {
  static const std::shared_ptr<spdlog::logger> instance = make_logger();
  return *instance;
}

std::string& label() {
  static std::string text;
  return text;
}

std::filesystem::path& error_copy() {
  static std::filesystem::path path;
  return path;
}

// Best effort: the message is on its way to standard error anyway.
void copy_error(std::string_view text) {
  if (error_copy().empty()) return;
  std::error_code ignored;
  std::filesystem::create_directories(error_copy().parent_path(), ignored);
  std::ofstream(error_copy(), std::ios::trunc) << text.substr(0, kErrorBytes);
}

}  // namespace

LogLevel parse_log_level(std::string_view name) {
  const std::string folded = fold_name(name);
  if (folded == "debug") return LogLevel::kDebug;
  if (folded == "info") return LogLevel::kInfo;
  if (folded == "warning" || folded == "warn") return LogLevel::kWarning;
  if (folded == "error") return LogLevel::kError;
  throw UsageError(unknown_name_message("log level", name, {"debug", "info", "warning", "error"}));
}

void configure_log(LogLevel lowest) { logger().set_level(spdlog_level(lowest)); }

// A pattern has its own meaning for %.
void label_log(std::string text) {
  std::string escaped;
  for (const char c : text) escaped += c == '%' ? "%%" : std::string(1, c);
  logger().set_pattern(escaped + "%^%l:%$ %v");
  label() = std::move(text);
}

const std::string& log_label() { return label(); }

void copy_errors_to(std::filesystem::path path) { error_copy() = std::move(path); }

void tell_error(std::string_view text) {
  copy_error(text);
  std::cout << std::flush;  // so that results stand before the error where both go to one place
  std::cerr << format("{}error: {}\n", label(), text) << std::flush;
}

void tell_last_error(std::string_view text) {
  // What another process of this host has said of its own failure tells more.
  std::error_code missing;
  if (error_copy().empty() || std::filesystem::file_size(error_copy(), missing) == 0 || missing) {
    copy_error(text);
  }
  const std::string line = format("{}error: {}\n", label(), text);
  std::string_view rest = line;
  pollfd ready{.fd = STDERR_FILENO, .events = POLLOUT, .revents = 0};
  constexpr int kPatience = 1000;
  // Up to PIPE_BUF bytes a pipe that is ready takes at once; more could block.
  while (!rest.empty() && ::poll(&ready, 1, kPatience) == 1) {
    const ssize_t count = ::write(STDERR_FILENO, rest.data(), std::min<size_t>(rest.size(), 512));
    if (count <= 0) return;
    rest.remove_prefix(static_cast<size_t>(count));
  }
}

void log_line(LogLevel level, std::string_view text) { logger().log(spdlog_level(level), text); }

}  // namespace train_backbone::core
