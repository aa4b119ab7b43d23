#pragma once

#include <cstdint>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <string_view>

namespace train_backbone::core {

// What the process answers to its caller. README documents the same table.
enum class ExitCode : int {
  kDone = 0,
  kInternal = 1,  // a defect of the program
  kUsage = 2,     // bad usage or configuration
  kData = 3,      // bad or missing data
  kDevice = 4,    // a device failed: disk full, GPU, communication
  kDiverged = 5,  // the loss became NaN or infinite
  kSignal = 128,  // plus the signal's number, after saving
};

// Base of all errors that the program reports as one line and an exit code. what() says what, where
// and, where there is something to do, what to do next.
class Error : public std::runtime_error {
 public:
  Error(ExitCode code, const std::string& what) : std::runtime_error(what), code_(code) {}
  [[nodiscard]] ExitCode code() const { return code_; }
  // The user has been told, by this or another rank of the run: what is left is to end with the
  // code.
  void set_told() { told_ = true; }
  [[nodiscard]] bool told() const { return told_; }

 private:
  ExitCode code_;
  bool told_ = false;
};

class UsageError : public Error {
 public:
  explicit UsageError(const std::string& what) : Error(ExitCode::kUsage, what) {}
};

class DeviceError : public Error {
 public:
  explicit DeviceError(const std::string& what) : Error(ExitCode::kDevice, what) {}
};

class DivergedError : public Error {
 public:
  explicit DivergedError(const std::string& what) : Error(ExitCode::kDiverged, what) {}
};

// A file that is missing, damaged or not what it should be.
// what() is "PATH: WHAT" or "PATH at byte OFFSET: WHAT".
class DataError : public Error {
 public:
  DataError(const std::filesystem::path& path, const std::string& what);
  DataError(const std::filesystem::path& path, uint64_t offset, const std::string& what);
  // Of a whole text.
  explicit DataError(const std::string& text) : Error(ExitCode::kData, text) {}
};

// What there is to read of an error's text: LibTorch's carry a stack trace behind the first line.
std::string first_line(std::string_view text);

// Throws the error that a failed system call on `path` deserves, from the current errno:
// DeviceError for a full or failing disk, DataError otherwise. `action` is a verb: "read", "write",
// "create".
[[noreturn]] void throw_system_error(const std::filesystem::path& path, const std::string& action);

}  // namespace train_backbone::core
