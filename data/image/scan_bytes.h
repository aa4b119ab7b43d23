#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace train_backbone::data {

// The entropy-coded bytes at the beginning of a JPEG's scan.
struct ScanBytes {
  size_t bytes = 0;   // without stuffing
  size_t marker = 0;  // where the marker that ends them begins; the input's end when there is none
};

// Copies the scan that `input` begins with to `output`, without the zeros that follow each FF
// (ITU-T T.81, B.1.1.5), and `slack` zeros behind it. `output` keeps its memory and may stay
// longer.
ScanBytes copy_scan(std::span<const uint8_t> input, size_t slack, std::vector<uint8_t>& output);

}  // namespace train_backbone::data
