// Preloaded into the ranks by faulty_ranks_test: rank 1 gets the fault that FAULTY_RANK names.
//   start  it is connected by MPI and does nothing more
//   end    it does all its work and never comes to the end of MPI
//   nan    what it is sent first of much (the weights) is NaN there
#include <dlfcn.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <string_view>

namespace {

bool has_fault(std::string_view fault) {
  const char* given = std::getenv("FAULTY_RANK");
  const char* rank = std::getenv("OMPI_COMM_WORLD_RANK");
  if (rank == nullptr) rank = std::getenv("RANK");
  return given != nullptr && fault == given && rank != nullptr && std::string_view(rank) == "1";
}

template <class Function>
Function next(const char* name) {
  return reinterpret_cast<Function>(::dlsym(RTLD_NEXT, name));
}

[[noreturn]] void stand_still() {
  while (true) ::pause();
}

}  // namespace

// Open MPI's handles are pointers.
extern "C" {
int MPI_Comm_dup(void* source, void** copy) {
  const int code = next<int (*)(void*, void**)>("MPI_Comm_dup")(source, copy);
  if (has_fault("start")) stand_still();
  return code;
}

int MPI_Finalize() {
  if (has_fault("end")) stand_still();
  return next<int (*)()>("MPI_Finalize")();
}

ssize_t recv(int socket, void* bytes, size_t size, int flags) {
  constexpr ssize_t kMuch = 16 << 10;
  constexpr int kNaN = 0xFF;  // of any float whose bytes are all of it
  static bool done = false;
  const ssize_t count =
      next<ssize_t (*)(int, void*, size_t, int)>("recv")(socket, bytes, size, flags);
  if (count >= kMuch && !done && has_fault("nan")) {
    std::memset(bytes, kNaN, static_cast<size_t>(count));
    done = true;
  }
  return count;
}
}
