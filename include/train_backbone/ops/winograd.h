#pragma once

#include <ATen/core/Tensor.h>

namespace train_backbone::ops {

// Convolution with windows of 3x3 pixels, stride 1, a border of one zero and without bias, and its
// gradients, on the CPU by Winograd's minimal filtering F(2x2, 3x3): 16 multiplications where the
// definition has 36 (Lavin & Gray, "Fast Algorithms for Convolutional Neural Networks", 2015,
// section 4.1). Its errors are about those of LibTorch's own convolution in fp32, or smaller.
//
// Images are [N, C, H, W] in channels-last memory, weights [out, in, 3, 3] in channels-last memory,
// all fp32. The output and the input's gradient do not depend on the number of threads; the
// weight's gradient is summed up in as many parts as threads had a share. A value that is not
// finite makes all of its 2x2 neighbours NaN. std::invalid_argument for tensors of other kinds or
// shapes.

// True for tensors that the functions below take.
bool winograd_takes(const at::Tensor& input, const at::Tensor& weight);

// Whether this processor has the vector instructions (AVX2 with FMA, or AVX-512) with which they
// are quicker than LibTorch's own convolution.
bool winograd_is_quicker();

// [N, out, H, W].
at::Tensor winograd_convolution(const at::Tensor& input, const at::Tensor& weight);

// [N, in, H, W] for the gradient of the output.
at::Tensor winograd_input_gradient(const at::Tensor& gradient, const at::Tensor& weight);

// [out, in, 3, 3] in channels-last memory, for the gradient of the output.
at::Tensor winograd_weight_gradient(const at::Tensor& gradient, const at::Tensor& input);

}  // namespace train_backbone::ops
