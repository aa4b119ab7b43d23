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

struct ForkedPointwise {
  at::Tensor output;
  at::Tensor input;  // the same values
};
// pointwise_convolution() with stride 1 of an input that goes another way, too: whoever goes it is
// to take the input from here. Its gradient then is the start of the product that makes the
// convolution's, which saves the pass over memory that adds both.
ForkedPointwise pointwise_fork(const at::Tensor& input, const at::Tensor& weight);

}  // namespace train_backbone::models
