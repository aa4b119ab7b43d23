#include "ops/sgd_aten.h"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/where.h>

namespace train_backbone::ops {

void nesterov_sgd_aten(at::Tensor& weights, const at::Tensor& gradients, at::Tensor& momentum,
                       const SgdCoefficients& coefficients, const SgdExtras& extras) {
  const at::NoGradGuard no_grad;
  const at::Tensor unscaled =
      extras.inverse_scale.defined() ? gradients.mul(extras.inverse_scale) : gradients;
  const at::Tensor gradient = unscaled.add(weights, coefficients.weight_decay);
  const at::Tensor velocity = momentum.mul(coefficients.momentum).add_(gradient);
  const at::Tensor moved =
      weights.sub(gradient.add(velocity, coefficients.momentum), coefficients.learning_rate);
  // Decided on the device, so that the host waits for nothing.
  const auto assign = [&](at::Tensor& tensor, const at::Tensor& now) {
    tensor.copy_(extras.skip.defined() ? at::where(extras.skip > 0, tensor, now) : now);
  };
  assign(momentum, velocity);
  assign(weights, moved);
  if (extras.copy.defined()) extras.copy.copy_(weights);
}

}  // namespace train_backbone::ops
