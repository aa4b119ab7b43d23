#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

namespace train_backbone::models {

// Whether pointwise_convolution() is for these: on the CPU, both fp32 or both fp64, the input in
// channels-last memory.
bool pointwise_convolution_takes(const at::Tensor& input, const at::Tensor& weight);

// Convolution of `input` [N, in, H, W] with windows of a single pixel, `weight` [out, in, 1, 1],
// every `stride` pixels and without bias, as one product of matrices: [N, out, H', W'] in
// channels-last memory, H' and W' being H and W divided by `stride` and rounded up. LibTorch's own
// convolution brings weights and their gradients into another order first, which costs more than
// the product where pictures are small.
at::Tensor pointwise_convolution(const at::Tensor& input, const at::Tensor& weight, int64_t stride);

}  // namespace train_backbone::models
