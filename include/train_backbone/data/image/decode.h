#pragma once

#include <cstdint>
#include <span>
#include <stdexcept>
#include <string>

#include "train_backbone/data/image/image.h"

namespace train_backbone::data {

// Why a picture could not be decoded; the caller knows which picture it was and adds that.
class ImageError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

enum class ImageFormat { kUnknown, kJpeg, kPng };

// By content, never by name.
ImageFormat detect_format(std::span<const uint8_t> encoded);

enum class ColorSpace { kRgbOrYcc, kGray, kCmykOrYcck };

// What a header says, without decoding.
struct ImageHeader {
  ImageFormat format = ImageFormat::kUnknown;
  int height = 0;
  int width = 0;
  int channels = 0;  // as stored; a palette counts as 3, alpha as one more
  ColorSpace color = ColorSpace::kRgbOrYcc;
};

// Pictures above this number of pixels are refused before memory is allocated, as are those that
// claim more pixels than their bytes can hold.
inline constexpr int64_t kMaxPixels = int64_t{1} << 28;

// Throws ImageError for anything but a JPEG or PNG with a sane header.
ImageHeader read_header(std::span<const uint8_t> encoded);

// Decodes JPEG (gray, YCbCr, RGB, CMYK and YCCK, Adobe-inverted or not; ISLOW, fancy upsampling) or
// PNG (any depth, palette, gray; alpha dropped) to RGB into `image`, reusing its memory.
// Damage is an error, also where libjpeg only warns and fills with gray. Throws ImageError; `image`
// then holds no picture.
void decode(std::span<const uint8_t> encoded, Image& image);

}  // namespace train_backbone::data
