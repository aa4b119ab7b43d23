#pragma once

#include <ATen/core/Tensor.h>

namespace train_backbone::models {

// Whether window_convolution() is for these: fp32 on the CPU, windows of 3x3 pixels, all in
// channels-last memory, on a processor for which it is quicker than LibTorch's own.
bool window_convolution_takes(const at::Tensor& input, const at::Tensor& weight);

// Convolution of `input` [N, in, H, W] with `weight` [out, in, 3, 3], stride 1, a border of one
// zero and without bias: [N, out, H, W] in channels-last memory (ops/winograd.h).
at::Tensor window_convolution(const at::Tensor& input, const at::Tensor& weight);

}  // namespace train_backbone::models
