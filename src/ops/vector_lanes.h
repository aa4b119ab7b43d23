#pragma once

#include <cstdint>
#include <cstring>

#include "ops/simd.h"

namespace train_backbone::ops {

// So many floats that are computed with at once.
template <int64_t kLanes>
struct Lanes {
  using Type __attribute__((vector_size(kLanes * sizeof(float)))) = float;
};
template <int64_t kLanes>
using Vector = typename Lanes<kLanes>::Type;

// From and to anywhere in memory.
template <int64_t kLanes>
TB_ALWAYS_INLINE Vector<kLanes> load(const float* from) {
  Vector<kLanes> vector;
  std::memcpy(&vector, from, sizeof(vector));
  return vector;
}

template <int64_t kLanes>
TB_ALWAYS_INLINE void store(const Vector<kLanes>& vector, float* to) {
  std::memcpy(to, &vector, sizeof(vector));
}

// The first `count` lanes alone (1 to kLanes); the others are zeros.
template <int64_t kLanes>
TB_ALWAYS_INLINE Vector<kLanes> load_some(const float* from, int64_t count) {
  if (count >= kLanes) return load<kLanes>(from);
  float lanes[kLanes] = {};
  for (int64_t i = 0; i < count; ++i) lanes[i] = from[i];
  return load<kLanes>(lanes);
}

template <int64_t kLanes>
TB_ALWAYS_INLINE void store_some(const Vector<kLanes>& vector, float* to, int64_t count) {
  if (count >= kLanes) return store<kLanes>(vector, to);
  float lanes[kLanes];
  store<kLanes>(vector, lanes);
  for (int64_t i = 0; i < count; ++i) to[i] = lanes[i];
}

}  // namespace train_backbone::ops
