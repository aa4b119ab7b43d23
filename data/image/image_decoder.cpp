#include "data/image/image_decoder.h"

#include <algorithm>
#include <string>

#include "train_backbone/core/format.h"

namespace train_backbone::data {
namespace {

std::string unknown_format_message(std::span<const uint8_t> encoded) {
  if (encoded.empty()) {
    return "empty picture";
  }
  std::string begin;
  for (const uint8_t byte : encoded.first(std::min<size_t>(encoded.size(), 12))) {
    begin += byte >= 0x20 && byte < 0x7F ? static_cast<char>(byte) : '.';
  }
  return core::format("neither JPEG nor PNG (begins with \"{}\")", begin);
}

}  // namespace

ImageHeader ImageDecoder::open(std::span<const uint8_t> encoded) {
  switch (detect_format(encoded)) {
    case ImageFormat::kJpeg:
      header_ = jpeg_.open(encoded);
      break;
    case ImageFormat::kPng:
      header_ = png_.open(encoded);
      break;
    case ImageFormat::kUnknown:
      throw ImageError(unknown_format_message(encoded));
  }
  return header_;
}

PixelView ImageDecoder::decode(const PixelBox& box, std::vector<uint8_t>& pixels) {
  if (header_.format == ImageFormat::kJpeg) {
    return jpeg_.decode(box, pixels);
  }
  png_.decode(pixels);
  const ptrdiff_t stride = ptrdiff_t{header_.width} * 3;
  return {.pixels = pixels.data() + box.top * stride + ptrdiff_t{box.left} * 3,
          .stride = stride,
          .height = box.height,
          .width = box.width};
}

void ImageDecoder::decode_entropy(const PixelBox& box) {
  if (header_.format == ImageFormat::kJpeg) {
    jpeg_.decode_entropy(box);
  }
}

}  // namespace train_backbone::data
