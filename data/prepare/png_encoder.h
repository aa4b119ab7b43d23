#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace train_backbone::data {

// Encodes 8-bit gray pixels [height, width] as a PNG file into `encoded` (its memory is reused).
// Throws ImageError.
void encode_gray_png(std::span<const uint8_t> pixels, int height, int width,
                     std::vector<uint8_t>& encoded);

}  // namespace train_backbone::data
