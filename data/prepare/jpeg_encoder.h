#pragma once

#include <cstdint>
#include <vector>

#include "train_backbone/data/image/image.h"

namespace train_backbone::data {

// Encodes `image` as a baseline YCbCr JPEG of that quality (1 to 100) into `encoded`, with 4:2:0
// chroma as the original. Throws ImageError.
void encode_jpeg(const Image& image, int quality, std::vector<uint8_t>& encoded);

}  // namespace train_backbone::data
