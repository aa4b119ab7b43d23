#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace train_backbone::test {

// `count` values in [-1, 1) that belong to a name: splitmix64 of the name's FNV-1a hash plus the
// index, 53 bits. tests/golden/make_models.py makes the same ones, bit for bit.
inline std::vector<double> hashed_values(std::string_view name, int64_t count) {
  uint64_t state = 0xCBF29CE484222325U;
  for (const char c : name) state = (state ^ static_cast<unsigned char>(c)) * 0x100000001B3U;
  std::vector<double> values(static_cast<size_t>(count));
  for (double& value : values) {
    state += 0x9E3779B97F4A7C15U;
    uint64_t x = state;
    x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9U;
    x = (x ^ (x >> 27)) * 0x94D049BB133111EBU;
    x ^= x >> 31;
    value = static_cast<double>(x >> 11) * 0x1p-52 - 1.0;
  }
  return values;
}

}  // namespace train_backbone::test
