// Preloaded into a rank by lost_ranks: a signal makes the main thread's next allocation end the
// process as a library's exit() does, or fail. So the program needs no hook for it.
#include <csignal>
#include <cstdlib>
#include <new>

namespace {

enum Mode : int { kNone, kExit, kThrow };
constexpr int kExitCode = 7;

// Of the thread that the signal came to: the main one, when it is sent to the process.
thread_local volatile std::sig_atomic_t next_allocation = kNone;

void on_signal(int signal) { next_allocation = signal == SIGRTMIN + 1 ? kExit : kThrow; }

void strike(Mode mode) {
  next_allocation = kNone;
  if (mode == kExit) std::exit(kExitCode);
  throw std::bad_alloc();
}

__attribute__((constructor)) void listen() {
  struct sigaction action {};
  action.sa_handler = on_signal;
  action.sa_flags = SA_RESTART;
  ::sigaction(SIGRTMIN + 1, &action, nullptr);
  ::sigaction(SIGRTMIN + 2, &action, nullptr);
}

}  // namespace

void* operator new(std::size_t size) {
  if (next_allocation != kNone) strike(static_cast<Mode>(next_allocation));
  if (void* memory = std::malloc(size > 0 ? size : 1)) return memory;
  throw std::bad_alloc();
}

void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t /*size*/) noexcept { std::free(memory); }
