#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace train_backbone::data {

// Decodes a whole picture to RGB the plain way, with none of this program's own decoding: for a
// JPEG jpeg_mem_src(), jpeg_read_header(), jpeg_start_decompress() with libjpeg-turbo's defaults
// (ISLOW, fancy upsampling) and every row. The yardstick of `benchmark input`; a PNG goes through
// decode(). `pixels` keeps its memory. Throws ImageError.
void plain_decode(std::span<const uint8_t> encoded, std::vector<uint8_t>& pixels);

}  // namespace train_backbone::data
