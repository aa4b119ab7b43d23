#pragma once

#include <cstdint>
#include <cstring>

namespace train_backbone::ops {

// A number in 16-bit storage: the upper half of an fp32. Arithmetic is in fp32.
struct Bfloat16 {
  uint16_t bits;
};

inline float to_float(float value) { return value; }

inline float to_float(Bfloat16 value) {
  const uint32_t bits = uint32_t{value.bits} << 16U;
  float result;
  std::memcpy(&result, &bits, sizeof result);
  return result;
}

inline void assign(float& to, float value) { to = value; }

// To the nearest, ties to even; a NaN stays one.
inline void assign(Bfloat16& to, float value) {
  uint32_t bits;
  std::memcpy(&bits, &value, sizeof bits);
  const uint32_t rounded = (bits + 0x7FFFU + ((bits >> 16U) & 1U)) >> 16U;
  const uint32_t quiet = (bits >> 16U) | 0x40U;
  const uint32_t nan = value != value ? ~0U : 0U;  // a mask: no branch in a vector loop
  to.bits = static_cast<uint16_t>((rounded & ~nan) | (quiet & nan));
}

}  // namespace train_backbone::ops
