#include "tests/support/program.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <stdexcept>
#include <thread>

#include "train_backbone/core/files.h"

namespace train_backbone::test {
namespace {

void redirect(int target, const std::filesystem::path& path) {
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0644);
  if (fd < 0 || ::dup2(fd, target) < 0) ::_exit(126);
}

[[noreturn]] void become_program(const std::vector<std::string>& arguments,
                                 const ProgramSettings& settings) {
  std::vector<char*> argv;
  for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  for (const std::string& variable : settings.environment) {
    ::putenv(const_cast<char*>(variable.c_str()));
  }
  if (settings.file_size_limit >= 0) {
    const auto limit = static_cast<rlim_t>(settings.file_size_limit);
    const rlimit both{limit, limit};
    ::setrlimit(RLIMIT_FSIZE, &both);
    ::signal(SIGXFSZ, SIG_IGN);  // write() then fails with EFBIG, as a full disk does with ENOSPC
  }
  ::execvp(argv[0], argv.data());
  ::_exit(127);
}

}  // namespace

std::string program_path() { return TB_PROGRAM; }

std::string ProgramResult::last_line() const {
  const size_t end = output.find_last_not_of('\n');
  if (end == std::string::npos) return "";
  const size_t newline = output.find_last_of('\n', end);
  const size_t begin = newline == std::string::npos ? 0 : newline + 1;
  return output.substr(begin, end + 1 - begin);
}

Program::Program(std::vector<std::string> arguments, const std::filesystem::path& scratch,
                 const ProgramSettings& settings) {
  static std::atomic<int> count{0};
  const std::string name = "run-" + std::to_string(::getpid()) + "-" + std::to_string(count++);
  std::filesystem::create_directories(scratch);
  output_ = scratch / (name + ".out");
  errors_ = scratch / (name + ".err");
  arguments.insert(arguments.begin(), TB_PROGRAM);
  arguments.insert(arguments.begin(), settings.launcher.begin(), settings.launcher.end());
  child_ = ::fork();
  if (child_ < 0) throw std::runtime_error("fork failed");
  if (child_ == 0) {
    redirect(STDOUT_FILENO, output_);
    redirect(STDERR_FILENO, errors_);
    become_program(arguments, settings);
  }
}

Program::~Program() {
  if (child_ > 0) {
    ::kill(child_, SIGKILL);
    ::waitpid(child_, &status_, 0);
  }
}

void Program::send(int signal) const {
  if (child_ > 0) ::kill(child_, signal);
}

bool Program::ended_within(std::chrono::milliseconds time) {
  const auto deadline = std::chrono::steady_clock::now() + time;
  while (child_ > 0) {
    if (::waitpid(child_, &status_, WNOHANG) == child_) {
      child_ = -1;
      break;
    }
    if (std::chrono::steady_clock::now() >= deadline) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  return true;
}

ProgramResult Program::wait() {
  if (child_ > 0) {
    ::waitpid(child_, &status_, 0);
    child_ = -1;
  }
  ProgramResult result;
  result.exit_code = WIFSIGNALED(status_) ? 128 + WTERMSIG(status_) : WEXITSTATUS(status_);
  result.output = core::read_file(output_);
  result.errors = core::read_file(errors_);
  return result;
}

ProgramResult run_program(std::vector<std::string> arguments, const std::filesystem::path& scratch,
                          const ProgramSettings& settings) {
  return Program(std::move(arguments), scratch, settings).wait();
}

}  // namespace train_backbone::test
