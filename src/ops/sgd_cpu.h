#pragma once

#include <cstdint>

namespace train_backbone::ops {

struct NesterovFactors {
  float learning_rate = 0;
  float momentum = 0;
  float weight_decay = 0;
};

// nesterov_sgd on `count` elements of plain memory; the three arrays do not overlap.
void nesterov_sgd_cpu(float* weights, const float* gradients, float* momentum, int64_t count,
                      const NesterovFactors& factors);

}  // namespace train_backbone::ops
