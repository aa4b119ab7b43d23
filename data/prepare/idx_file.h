#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

namespace train_backbone::data {

// A whole IDX file of unsigned bytes in memory (the format of MNIST, LeCun and others 1998):
// two zero bytes, type 8 (unsigned byte), number of dimensions, each dimension as a big-endian
// 32-bit number, then the values in row-major order.
struct IdxFile {
  std::vector<uint32_t> dimensions;
  std::vector<uint8_t> values;
};

// Reads a plain or gzipped file. Throws core::DataError when it is not IDX, is truncated or goes on
// behind its end.
IdxFile read_idx(const std::filesystem::path& path);

// The number of dimensions, 0 when the file is not IDX with unsigned bytes.
int idx_dimensions(const std::filesystem::path& path);

}  // namespace train_backbone::data
