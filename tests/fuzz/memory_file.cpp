#include "memory_file.h"

#include <sys/mman.h>
#include <unistd.h>

#include "expect.h"

namespace train_backbone::fuzz {

MemoryFile::MemoryFile()
    : file_(::memfd_create("fuzz", 0)), path_("/proc/self/fd/" + std::to_string(file_.get())) {
  expect(file_.valid(), "the system gives memory files");
}

void MemoryFile::fill(std::span<const uint8_t> bytes) {
  const auto size = static_cast<ssize_t>(bytes.size());
  expect(::ftruncate(file_.get(), size) == 0, "a memory file can be cut");
  expect(::pwrite(file_.get(), bytes.data(), bytes.size(), 0) == size,
         "a memory file can be written");
}

}  // namespace train_backbone::fuzz
