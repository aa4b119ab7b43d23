#include "ops/sgd_cpu.h"

#include <cstring>

#include "ops/simd.h"

namespace train_backbone::ops {
namespace {

TB_ALWAYS_INLINE void update_element(float& weight, float raw_gradient, float& momentum,
                                     const NesterovFactors& f) {
  const float gradient = raw_gradient + f.weight_decay * weight;
  const float velocity = f.momentum * momentum + gradient;
  momentum = velocity;
  weight -= f.learning_rate * (gradient + f.momentum * velocity);
}

TB_ALWAYS_INLINE void update(float* __restrict weights, const float* __restrict gradients,
                             float* __restrict momentum, int64_t count,
                             const NesterovFactors& factors) {
  const NesterovFactors f = factors;
  for (int64_t i = 0; i < count; ++i) update_element(weights[i], gradients[i], momentum[i], f);
}

template <bool kCopy>
TB_ALWAYS_INLINE void update_scaled_to(float* weights, const float* gradients, float* momentum,
                                       Bfloat16* copy, int64_t count,
                                       const NesterovFactors& factors, float inverse_scale) {
  const NesterovFactors f = factors;
  TB_INDEPENDENT
  for (int64_t i = 0; i < count; ++i) {
    update_element(weights[i], gradients[i] * inverse_scale, momentum[i], f);
    if constexpr (kCopy) assign(copy[i], weights[i]);
  }
}

TB_ALWAYS_INLINE void update_scaled(float* weights, const float* gradients, float* momentum,
                                    Bfloat16* copy, int64_t count, const NesterovFactors& factors,
                                    float inverse_scale) {
  if (copy != nullptr) {
    update_scaled_to<true>(weights, gradients, momentum, copy, count, factors, inverse_scale);
  } else {
    update_scaled_to<false>(weights, gradients, momentum, copy, count, factors, inverse_scale);
  }
}

// All bits of the exponent set: infinite or NaN. In integers, so that the loop is one of vectors.
TB_ALWAYS_INLINE void find_not_finite(const float* gradients, int64_t count, uint32_t& found) {
  constexpr uint32_t kExponent = 0x7F800000;
  uint32_t seen = 0;
  for (int64_t i = 0; i < count; ++i) {
    uint32_t bits;
    std::memcpy(&bits, &gradients[i], sizeof bits);
    seen |= static_cast<uint32_t>((bits & kExponent) == kExponent);
  }
  found = seen;
}

}  // namespace

TB_EVERY_CPU_VARIANT(nesterov_sgd_cpu, update,
                     (float* weights, const float* gradients, float* momentum, int64_t count,
                      const NesterovFactors& factors),
                     (weights, gradients, momentum, count, factors))

TB_EVERY_CPU_VARIANT(nesterov_sgd_scaled_cpu, update_scaled,
                     (float* weights, const float* gradients, float* momentum, Bfloat16* copy,
                      int64_t count, const NesterovFactors& factors, float inverse_scale),
                     (weights, gradients, momentum, copy, count, factors, inverse_scale))

TB_EVERY_CPU_VARIANT(find_not_finite_cpu, find_not_finite,
                     (const float* gradients, int64_t count, uint32_t& found),
                     (gradients, count, found))

}  // namespace train_backbone::ops
