// Preloaded into the program by bottleneck_test: a disk that takes SLOW_READ_MS milliseconds for
// each read of a shard.
#include <dlfcn.h>
#include <sys/types.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <string_view>

namespace {

bool is_shard(int file) {
  std::array<char, 64> link{};
  std::array<char, 4096> path{};
  std::snprintf(link.data(), link.size(), "/proc/self/fd/%d", file);
  const ssize_t count = ::readlink(link.data(), path.data(), path.size());
  return count > 0 && std::string_view(path.data(), static_cast<size_t>(count)).find("/train-") !=
                          std::string_view::npos;
}

ssize_t slow_read(const char* name, int file, void* bytes, size_t count, off_t offset) {
  using Read = ssize_t (*)(int, void*, size_t, off_t);
  const auto read = reinterpret_cast<Read>(::dlsym(RTLD_NEXT, name));
  const char* text = std::getenv("SLOW_READ_MS");
  if (text != nullptr && is_shard(file)) {
    constexpr useconds_t kMicroseconds = 1000;
    ::usleep(static_cast<useconds_t>(std::atoi(text)) * kMicroseconds);
  }
  return read(file, bytes, count, offset);
}

}  // namespace

extern "C" {
ssize_t pread(int file, void* bytes, size_t count, off_t offset) {
  return slow_read("pread", file, bytes, count, offset);
}
ssize_t pread64(int file, void* bytes, size_t count, off_t offset) {
  return slow_read("pread64", file, bytes, count, offset);
}
}
