#include "ops/sgd_aten.h"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/isfinite.h>
#include <ATen/ops/linalg_vector_norm.h>
#include <ATen/ops/where.h>

#include <limits>

namespace train_backbone::ops {

void nesterov_sgd_aten(at::Tensor& weights, const at::Tensor& gradients, at::Tensor& momentum,
                       const SgdCoefficients& coefficients, const SgdExtras& extras) {
  const at::NoGradGuard no_grad;
  const at::Tensor unscaled =
      extras.inverse_scale.defined() ? gradients.mul(extras.inverse_scale) : gradients;
  const at::Tensor gradient = unscaled.add(weights, coefficients.weight_decay);
  const at::Tensor velocity = momentum.mul(coefficients.momentum).add_(gradient);
  at::Tensor way = gradient.add(velocity, coefficients.momentum);
  if (extras.learning_rate.defined()) way.mul_(extras.learning_rate);
  const at::Tensor moved = weights.sub(way, coefficients.learning_rate);
  // Decided on the device, so that the host waits for nothing.
  const auto assign = [&](at::Tensor& tensor, const at::Tensor& now) {
    tensor.copy_(extras.skip.defined() ? at::where(extras.skip > 0, tensor, now) : now);
  };
  assign(momentum, velocity);
  assign(weights, moved);
  if (extras.copy.defined()) extras.copy.copy_(weights);
}

// The largest magnitude, or a NaN: one pass without a tensor of the gradients' length.
void find_not_finite_aten(const at::Tensor& gradients, at::Tensor& found) {
  const at::Tensor largest =
      at::linalg_vector_norm(gradients, std::numeric_limits<double>::infinity());
  found.copy_(at::isfinite(largest).logical_not().view_as(found));
}

}  // namespace train_backbone::ops
