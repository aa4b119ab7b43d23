#pragma once

#include <cstdint>
#include <vector>

#include "data/prepare/picture_list.h"

namespace train_backbone::data {

// Fetches the encoded bytes of the pictures of one list. Thread safe.
class PictureReader {
 public:
  virtual ~PictureReader() = default;
  // Fills `bytes` (reusing its memory) with the picture as a JPEG or PNG file.
  // Throws core::DataError when it cannot be read; that says nothing about the other pictures.
  virtual void read(const PictureList& list, const Picture& picture,
                    std::vector<uint8_t>& bytes) const = 0;
};

}  // namespace train_backbone::data
