#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace train_backbone::io {

// A tensor as an exported file holds it.
struct RawTensor {
  std::string name;
  std::string dtype;  // "F32", "F16", "BF16", "F64", "I64"
  std::vector<int64_t> sizes;
  std::string bytes;  // row-major, little-endian
};

// Bytes of an element; 0 for an unknown type.
inline uint64_t element_bytes(const std::string& dtype) {
  if (dtype == "F64" || dtype == "I64") return 8;
  if (dtype == "F32") return 4;
  return dtype == "F16" || dtype == "BF16" ? 2 : 0;
}

// Elements of a tensor whose sizes are not negative and do not overflow; -1 otherwise.
inline int64_t element_count(const std::vector<int64_t>& sizes) {
  int64_t count = 1;
  for (const int64_t size : sizes) {
    if (size < 0 || __builtin_mul_overflow(count, size, &count)) return -1;
  }
  return count;
}

}  // namespace train_backbone::io
