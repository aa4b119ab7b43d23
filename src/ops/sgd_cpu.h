#pragma once

#include <cstdint>

#include "ops/bfloat16.h"

namespace train_backbone::ops {

struct NesterovFactors {
  float learning_rate = 0;
  float momentum = 0;
  float weight_decay = 0;
};

// nesterov_sgd on `count` elements of plain memory; the arrays do not overlap.
void nesterov_sgd_cpu(float* weights, const float* gradients, float* momentum, int64_t count,
                      const NesterovFactors& factors);

// With gradients times `inverse_scale` and, where `copy` is not null, the weights rounded to it.
void nesterov_sgd_scaled_cpu(float* weights, const float* gradients, float* momentum,
                             Bfloat16* copy, int64_t count, const NesterovFactors& factors,
                             float inverse_scale);

// `found` becomes other than 0 where a gradient is infinite or NaN, else 0.
void find_not_finite_cpu(const float* gradients, int64_t count, uint32_t& found);

}  // namespace train_backbone::ops
