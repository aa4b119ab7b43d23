#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

namespace train_backbone::models {

// Whether pointwise_convolution() is for these: on the CPU, both fp32 or both fp64, the input in
// channels-last memory.
bool pointwise_convolution_takes(const at::Tensor& input, const at::Tensor& weight);

// Whether it is also quicker than LibTorch's own convolution, for outputs of so many `pixels` (of
// all pictures) on this processor, or on one of Intel's or not. LibTorch's products are of MKL,
// which has its quick code for Intel's processors alone; the convolutions of oneDNN are as quick on
// others, once there are pixels enough to pay for bringing the weights into its order.
// Measured on a Zen 5 with two threads: products 1.3 to 2 times as quick for 256 pixels and fewer,
// convolutions 1.3 to 2 times for 512 and more.
bool product_is_quicker(at::ScalarType type, int64_t pixels);
bool product_is_quicker(at::ScalarType type, int64_t pixels, bool is_intel);

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
