#pragma once

#include <cstdint>
#include <filesystem>

namespace train_backbone::io {

// What a file is held against later: its length and the CRC-32C of all its bytes.
struct FileDigest {
  uint64_t size = 0;
  uint32_t crc32c = 0;
  bool operator==(const FileDigest&) const = default;
};

// Reads the whole file in pieces. Throws core::DataError when it cannot be read.
FileDigest digest_file(const std::filesystem::path& path);

}  // namespace train_backbone::io
