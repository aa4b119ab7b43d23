#pragma once

#include <cstdint>
#include <filesystem>
#include <span>

#include "train_backbone/core/files.h"

namespace train_backbone::fuzz {

// A regular file without a disk, for readers that take a path: a million of them a minute.
class MemoryFile {
 public:
  MemoryFile();
  // The file then holds exactly `bytes`.
  void fill(std::span<const uint8_t> bytes);
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  core::FileDescriptor file_;
  std::filesystem::path path_;
};

}  // namespace train_backbone::fuzz
