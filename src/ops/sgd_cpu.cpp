#include "ops/sgd_cpu.h"

#include "ops/simd.h"

namespace train_backbone::ops {
namespace {

TB_ALWAYS_INLINE void update(float* __restrict weights, const float* __restrict gradients,
                             float* __restrict momentum, int64_t count,
                             const NesterovFactors& factors) {
  const NesterovFactors f = factors;
  for (int64_t i = 0; i < count; ++i) {
    const float gradient = gradients[i] + f.weight_decay * weights[i];
    const float velocity = f.momentum * momentum[i] + gradient;
    momentum[i] = velocity;
    weights[i] -= f.learning_rate * (gradient + f.momentum * velocity);
  }
}

}  // namespace

TB_EVERY_CPU_VARIANT(nesterov_sgd_cpu, update,
                     (float* weights, const float* gradients, float* momentum, int64_t count,
                      const NesterovFactors& factors),
                     (weights, gradients, momentum, count, factors))

}  // namespace train_backbone::ops
