#pragma once

#include <sys/types.h>

#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

namespace train_backbone::test {

struct ProgramResult {
  int exit_code = -1;                           // 128 + n when signal n ended it, as a shell says
  std::string output;                           // standard output
  std::string errors;                           // standard error
  [[nodiscard]] std::string last_line() const;  // of the standard output
};

struct ProgramSettings {
  std::vector<std::string> environment = {};  // "NAME=value", added to this process's
  long file_size_limit = -1;                  // bytes (RLIMIT_FSIZE); -1: none
  std::vector<std::string> launcher = {};     // command line that starts it: {"mpirun", "-np", "2"}
};

// The built train_backbone as a child process. Its output goes to files below `scratch`.
class Program {
 public:
  Program(std::vector<std::string> arguments, const std::filesystem::path& scratch,
          const ProgramSettings& settings = {});
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;
  ~Program();  // kills it when it still runs
  void send(int signal) const;
  [[nodiscard]] pid_t process() const { return child_; }
  ProgramResult wait();
  // Waits at most that long; true when it has ended.
  bool ended_within(std::chrono::milliseconds time);

 private:
  std::filesystem::path output_;
  std::filesystem::path errors_;
  pid_t child_ = -1;
  int status_ = 0;
};

// Path of the built train_backbone.
std::string program_path();

// Starts it and waits.
ProgramResult run_program(std::vector<std::string> arguments, const std::filesystem::path& scratch,
                          const ProgramSettings& settings = {});

}  // namespace train_backbone::test
