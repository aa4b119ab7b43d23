#include "commands/sample_pictures.h"

#include <algorithm>

#include "train_backbone/data/image/encode_png.h"

namespace train_backbone::commands {
namespace {

constexpr int64_t kMost = 16;
constexpr int64_t kInARow = 4;
constexpr int kChannels = 3;

}  // namespace

Picture sample_pictures(const data::Batch& batch) {
  const int64_t count = std::min(batch.size, kMost);
  const int64_t columns = std::min(count, kInARow);
  const int64_t rows = columns == 0 ? 0 : (count + columns - 1) / columns;
  Picture picture{.height = static_cast<int>(rows * batch.height),
                  .width = static_cast<int>(columns * batch.width),
                  .pixels = {}};
  const size_t line = kChannels * static_cast<size_t>(batch.width);  // bytes of one picture's line
  const size_t stride = line * static_cast<size_t>(columns);
  picture.pixels.resize(stride * static_cast<size_t>(picture.height));
  for (int64_t i = 0; i < count; ++i) {
    const auto top = static_cast<size_t>(i / columns * batch.height);
    const auto left = static_cast<size_t>(i % columns) * line;
    for (size_t y = 0; y < static_cast<size_t>(batch.height); ++y) {
      const auto source =
          batch.images.begin() +
          static_cast<std::ptrdiff_t>(
              (static_cast<size_t>(i) * static_cast<size_t>(batch.height) + y) * line);
      std::copy(source, source + static_cast<std::ptrdiff_t>(line),
                picture.pixels.begin() + static_cast<std::ptrdiff_t>((top + y) * stride + left));
    }
  }
  return picture;
}

std::vector<uint8_t> png_of(const Picture& picture) {
  std::vector<uint8_t> png;
  if (picture.pixels.empty()) return png;
  data::encode_png(picture.pixels, picture.height, picture.width, kChannels, png);
  return png;
}

}  // namespace train_backbone::commands
