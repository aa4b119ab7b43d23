#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

namespace train_backbone::models {

struct ConvolutionTensors {
  const at::Tensor& weight;  // [out, in, kernel, kernel]; only its gradient is made
  const at::Tensor& bias;    // [out] or undefined, of the weight's type
  const at::Tensor& copy;    // the weight, in the input's type
};

struct ConvolutionSteps {
  int64_t stride = 1;
  int64_t padding = 0;  // zeros on every side
};

// Convolution in the type of `input` and `copy`; weight and bias get gradients of their own type,
// without a cast of the weights in every pass as autocast makes it.
at::Tensor convolve_with_copy(const at::Tensor& input, const ConvolutionTensors& tensors,
                              const ConvolutionSteps& steps);

}  // namespace train_backbone::models
