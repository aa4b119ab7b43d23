#pragma once

#include <cstdint>
#include <filesystem>
#include <span>

namespace train_backbone::core {

// The bytes of a file in memory, read from the disk as they are touched. Writing to them changes
// this process's copy only. The file may be renamed or removed meanwhile (as core::AtomicFile
// does); whoever shortens it in place ends this process with SIGBUS.
class MappedFile {
 public:
  // Throws DataError when the file is missing, cannot be read or is a folder.
  explicit MappedFile(const std::filesystem::path& path);
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;
  ~MappedFile();
  [[nodiscard]] std::span<uint8_t> bytes() const { return bytes_; }

 private:
  std::span<uint8_t> bytes_;
};

}  // namespace train_backbone::core
