#include "comm/rank_process.h"

#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "train_backbone/core/errors.h"
#include "train_backbone/core/format.h"

namespace train_backbone::comm {
namespace {

constexpr int kNotExecuted = 127;  // as a shell says it

std::vector<char*> pointers_to(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  pointers.reserve(texts.size() + 1);
  for (std::string& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

// In the new process: nothing here may allocate or lock.
[[noreturn]] void become(const char* program, char* const* command, char* const* variables,
                         pid_t parent) {
  ::setpgid(0, 0);
  ::prctl(PR_SET_PDEATHSIG, SIGTERM);
  if (::getppid() != parent) ::_exit(kNotExecuted);  // gone before it could be watched
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  ::execve(program, command, variables);
  ::_exit(kNotExecuted);
}

}  // namespace

pid_t start_process(const std::filesystem::path& program, const std::vector<std::string>& command,
                    const Environment& environment) {
  std::vector<std::string> arguments = command;
  std::vector<std::string> variables;
  for (const auto& [name, value] : environment) variables.push_back(name + "=" + value);
  const std::vector<char*> argument_pointers = pointers_to(arguments);
  const std::vector<char*> variable_pointers = pointers_to(variables);
  const pid_t parent = ::getpid();
  const pid_t child = ::fork();
  if (child < 0) {
    throw core::DeviceError(
        core::format("a rank's process cannot be started: {}", std::strerror(errno)));
  }
  if (child == 0) {
    become(program.c_str(), argument_pointers.data(), variable_pointers.data(), parent);
  }
  return child;
}

}  // namespace train_backbone::comm
