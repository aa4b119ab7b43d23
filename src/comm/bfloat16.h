#pragma once

#include <bit>
#include <cstdint>

namespace train_backbone::comm {

// The upper half of an fp32 number, rounded to the nearest, of two to the even one. NaN stays NaN.
inline uint16_t to_bfloat16(float value) {
  const auto bits = std::bit_cast<uint32_t>(value);
  constexpr uint32_t kQuiet = 0x00400000;
  if (value != value) return static_cast<uint16_t>((bits | kQuiet) >> 16U);
  const uint32_t odd = (bits >> 16U) & 1U;
  return static_cast<uint16_t>((bits + 0x7FFFU + odd) >> 16U);
}

inline float from_bfloat16(uint16_t value) {
  return std::bit_cast<float>(static_cast<uint32_t>(value) << 16U);
}

}  // namespace train_backbone::comm
