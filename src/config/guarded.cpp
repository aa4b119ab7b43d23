#include "train_backbone/config/guarded.h"

#include <unistd.h>

#include <csignal>
#include <exception>
#include <filesystem>
#include <new>
#include <string>
#include <string_view>

#include "train_backbone/core/errors.h"
#include "train_backbone/core/log.h"

namespace train_backbone::config {
namespace {

int report(core::ExitCode code, std::string_view text) {
  core::tell_error(text);
  return static_cast<int>(code);
}

extern "C" void end_at_once(int number) {
  ::_exit(static_cast<int>(core::ExitCode::kSignal) + number);
}

// The first process of a container, whose signals the system drops where nobody handles them. A run
// that has something to save handles them by itself.
void end_at_signals_as_first_process() {
  if (::getpid() != 1) return;
  for (const int number : {SIGTERM, SIGINT, SIGHUP}) std::signal(number, end_at_once);
}

}  // namespace

int run_guarded(const std::function<int()>& body) {
  end_at_signals_as_first_process();
  // Writing to a closed pipe then fails like any other write, and the streams ignore it.
  std::signal(SIGPIPE, SIG_IGN);
  try {
    return body();
  } catch (const core::Error& error) {
    if (error.told()) return static_cast<int>(error.code());
    return report(error.code(), error.what());
  } catch (const std::filesystem::filesystem_error& error) {
    return report(core::ExitCode::kData,
                  error.path1().string() + ": cannot be looked at: " + error.code().message());
  } catch (const std::bad_alloc&) {
    return report(core::ExitCode::kInternal, "internal error: out of memory");
  } catch (const std::exception& error) {
    return report(core::ExitCode::kInternal, "internal error: " + core::first_line(error.what()));
  }
}

}  // namespace train_backbone::config
