#include "ops/sgd_aten.h"

#include <ATen/core/grad_mode.h>

namespace train_backbone::ops {

void nesterov_sgd_aten(at::Tensor& weights, const at::Tensor& gradients, at::Tensor& momentum,
                       const SgdCoefficients& coefficients) {
  const at::NoGradGuard no_grad;
  const at::Tensor gradient = gradients.add(weights, coefficients.weight_decay);
  momentum.mul_(coefficients.momentum).add_(gradient);
  weights.sub_(gradient.add(momentum, coefficients.momentum), coefficients.learning_rate);
}

}  // namespace train_backbone::ops
