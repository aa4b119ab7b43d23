#pragma once

#include <cstddef>
#include <cstdint>

namespace train_backbone::data {

// A rectangle of a picture, in pixels. Lies inside the picture and is not empty.
struct PixelBox {
  int top = 0;
  int left = 0;
  int height = 0;
  int width = 0;
};

// Borrowed 8-bit RGB pixels; `stride` bytes lie between the beginnings of two rows.
struct PixelView {
  const uint8_t* pixels = nullptr;
  ptrdiff_t stride = 0;
  int height = 0;
  int width = 0;
};

}  // namespace train_backbone::data
