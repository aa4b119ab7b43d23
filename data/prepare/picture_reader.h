#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

#include "data/prepare/picture_list.h"

namespace train_backbone::data {

// Larger pictures are refused before they take memory: each worker holds one, and a record with it
// must stay below kMaxRecordBytes. ImageNet's largest has 15 MB.
inline constexpr uint64_t kMaxPictureBytes = uint64_t{256} << 20;

// Throws core::DataError naming `path` when `bytes` are more than kMaxPictureBytes.
void require_picture_size(const std::filesystem::path& path, uint64_t bytes);

// Fetches the encoded bytes of the pictures of one list. Thread safe.
class PictureReader {
 public:
  virtual ~PictureReader() = default;
  // Fills `bytes` (reusing its memory) with the picture as a JPEG or PNG file.
  // Throws core::DataError when it cannot be read or is too large; that says nothing about the
  // other pictures.
  virtual void read(const PictureList& list, const Picture& picture,
                    std::vector<uint8_t>& bytes) const = 0;
};

}  // namespace train_backbone::data
