#include "data/prepare/picture_reader.h"

#include "train_backbone/core/errors.h"
#include "train_backbone/core/format.h"

namespace train_backbone::data {

void require_picture_size(const std::filesystem::path& path, uint64_t bytes) {
  if (bytes <= kMaxPictureBytes) return;
  throw core::DataError(path, core::format("has {} bytes, more than the {} allowed for a picture",
                                           bytes, kMaxPictureBytes));
}

}  // namespace train_backbone::data
