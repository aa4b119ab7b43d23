#pragma once

#include <cstdint>
#include <vector>

namespace train_backbone::data {

// A decoded picture: 8-bit RGB, rows from top to bottom, [height, width, 3], no padding.
struct Image {
  int height = 0;
  int width = 0;
  std::vector<uint8_t> pixels;
};

}  // namespace train_backbone::data
