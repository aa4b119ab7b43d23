#include "train_backbone/core/mapped_file.h"

#include <sys/mman.h>

#include "train_backbone/core/errors.h"
#include "train_backbone/core/files.h"

namespace train_backbone::core {

MappedFile::MappedFile(const std::filesystem::path& path) {
  const FileDescriptor file = open_for_reading(path);
  const uint64_t size = file_size(file, path);
  if (size == 0) return;  // the kernel maps nothing then
  // Without reservation: only pages that somebody writes to will need memory of their own.
  void* begin =
      ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_NORESERVE, file.get(), 0);
  if (begin == MAP_FAILED) throw_system_error(path, "map");
  bytes_ = {static_cast<uint8_t*>(begin), size};
}

MappedFile::~MappedFile() {
  if (!bytes_.empty()) ::munmap(bytes_.data(), bytes_.size());
}

}  // namespace train_backbone::core
