#include "train_backbone/data/image/decode.h"

#include <algorithm>
#include <array>

#include "data/image/image_decoder.h"

namespace train_backbone::data {
namespace {

bool begins_with(std::span<const uint8_t> bytes, std::span<const uint8_t> signature) {
  return bytes.size() >= signature.size() &&
         std::equal(signature.begin(), signature.end(), bytes.begin());
}

}  // namespace

ImageFormat detect_format(std::span<const uint8_t> encoded) {
  static constexpr std::array<uint8_t, 3> kJpegSignature = {0xFF, 0xD8, 0xFF};
  static constexpr std::array<uint8_t, 8> kPngSignature = {0x89, 'P',  'N',  'G',
                                                           '\r', '\n', 0x1A, '\n'};
  if (begins_with(encoded, kJpegSignature)) {
    return ImageFormat::kJpeg;
  }
  return begins_with(encoded, kPngSignature) ? ImageFormat::kPng : ImageFormat::kUnknown;
}

ImageHeader read_header(std::span<const uint8_t> encoded) { return ImageDecoder().open(encoded); }

void decode(std::span<const uint8_t> encoded, Image& image) {
  ImageDecoder decoder;
  const ImageHeader header = decoder.open(encoded);
  const PixelBox whole = {.height = header.height, .width = header.width};
  decoder.decode(whole, image.pixels);
  image.pixels.resize(size_t{3} * static_cast<size_t>(header.height) *
                      static_cast<size_t>(header.width));
  image.height = header.height;
  image.width = header.width;
}

}  // namespace train_backbone::data
