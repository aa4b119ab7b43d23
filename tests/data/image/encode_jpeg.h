#pragma once

#include <cstdint>
#include <vector>

#include "train_backbone/data/image/image.h"

namespace train_backbone::data {

// Kinds of JPEG that the tests need and no golden file covers.
struct JpegKind {
  int luma_horizontal = 2;  // sampling factors of the luma; chroma has 1 x 1
  int luma_vertical = 2;
  bool gray = false;
  bool progressive = false;
  bool separate_scans = false;  // one scan per component, not progressive
  bool many_scans = false;      // progressive, one scan per coefficient, component and bit: 378
  bool coarse = false;          // progressive without its fine scans, which decoders smooth
  int restart_rows = 0;         // MCU rows between restart markers
  int quality = 92;
  bool own_codes = false;  // Huffman codes made for this picture
};

std::vector<uint8_t> encode_jpeg(const Image& image, const JpegKind& kind);

}  // namespace train_backbone::data
