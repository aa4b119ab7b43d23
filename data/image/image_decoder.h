#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "data/image/jpeg_decoder.h"
#include "data/image/pixel_view.h"
#include "data/image/png_decoder.h"
#include "train_backbone/data/image/decode.h"

namespace train_backbone::data {

// Decodes JPEG and PNG pictures, each in two steps, so that the caller can choose from the size
// which part it wants. Not thread safe; keeps its memory between pictures.
class ImageDecoder {
 public:
  explicit ImageDecoder(const JpegStyle& jpeg_style = {}) : jpeg_(jpeg_style) {}

  // Reads the header. `encoded` must stay alive until decode() has returned. Throws ImageError.
  ImageHeader open(std::span<const uint8_t> encoded);

  // The box of the opened picture, equal to that part of a whole decode. Call once per open(). The
  // view points into `pixels`, which grows where needed; for the whole picture its rows begin at
  // pixels[0] and have no padding. Throws ImageError.
  PixelView decode(const PixelBox& box, std::vector<uint8_t>& pixels);

  // Does that part of decode() which turns bits into coefficients, for measuring what it costs: a
  // JPEG's down to the box's last block row; nothing for other pictures. Call once per open().
  void decode_entropy(const PixelBox& box);

 private:
  ImageHeader header_;
  JpegDecoder jpeg_;
  PngDecoder png_;
};

}  // namespace train_backbone::data
