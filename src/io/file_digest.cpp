#include "train_backbone/io/file_digest.h"

#include <span>
#include <vector>

#include "train_backbone/core/crc32c.h"
#include "train_backbone/core/files.h"

namespace train_backbone::io {

FileDigest digest_file(const std::filesystem::path& path) {
  constexpr size_t kPieceBytes = size_t{1} << 20;
  const core::FileDescriptor file = core::open_for_reading(path);
  core::file_size(file, path);  // says so when it is a folder
  std::vector<uint8_t> piece(kPieceBytes);
  FileDigest digest;
  while (const size_t got = core::read_at(file, path, digest.size, piece)) {
    digest.crc32c = core::crc32c(std::span(piece).first(got), digest.crc32c);
    digest.size += got;
  }
  return digest;
}

}  // namespace train_backbone::io
