#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace train_backbone::data {

// Encodes 8-bit pixels [height, width, channels], gray (1 channel) or RGB (3), as a PNG file into
// `encoded` (its memory is reused). Throws ImageError.
void encode_png(std::span<const uint8_t> pixels, int height, int width, int channels,
                std::vector<uint8_t>& encoded);

}  // namespace train_backbone::data
