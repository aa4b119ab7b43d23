#pragma once

#include <ATen/core/Tensor.h>

#include "train_backbone/ops/sgd.h"

namespace train_backbone::ops {

// nesterov_sgd() by ATen, on any device.
void nesterov_sgd_aten(at::Tensor& weights, const at::Tensor& gradients, at::Tensor& momentum,
                       const SgdCoefficients& coefficients, const SgdExtras& extras);

// find_not_finite() by ATen, on any device.
void find_not_finite_aten(const at::Tensor& gradients, at::Tensor& found);

}  // namespace train_backbone::ops
