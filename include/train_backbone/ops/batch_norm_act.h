#pragma once

#include <ATen/core/Tensor.h>

namespace train_backbone::ops {

// Batch normalisation, a residual added to it, and an activation, in one: training over
//   y = act((x - mean) * weight / sqrt(variance + epsilon) + bias + residual)
// per channel, with act(v) = v for v > 0 and negative_slope * v otherwise. Two passes over memory
// forward and two backward; torch's own operations take up to twice as many.
//
// Images (x, residual, y and their gradients) are [N, C, H, W], all fp32, all bf16 or, on a GPU,
// all fp16; those that do not lie channels-last are copied. Everything per channel is fp32 [C],
// contiguous. Arithmetic is fp32. On the CPU sums are fp64, and results depend neither on threads
// nor on the kind of CPU; on GPUs of one kind they are the same in every run. NaN stays NaN.
// std::invalid_argument for tensors of other kinds or shapes.

struct BatchNormActSettings {
  double new_share = 0.1;    // of the running statistics, torch's momentum
  double epsilon = 1e-5;     // added to the variance
  float negative_slope = 1;  // 1: no activation, 0: ReLU, 0.1: darknet's LeakyReLU
};

struct BatchNormActParameters {
  at::Tensor weight;
  at::Tensor bias;
};

struct BatchNormActOutput {
  at::Tensor output;             // channels-last
  at::Tensor mean;               // [C], of this batch
  at::Tensor inverse_deviation;  // [C], 1 / sqrt(biased variance + epsilon)
};

struct BatchNormActGradients {
  at::Tensor input;
  at::Tensor weight;
  at::Tensor bias;
  at::Tensor residual;  // undefined where there was none; may be the gradient that came in itself
};

// What the backward pass needs of the forward pass.
struct BatchNormActSaved {
  at::Tensor input;
  at::Tensor output;  // only with a residual, else undefined: the sign then comes from the input
  at::Tensor weight;
  at::Tensor bias;
  at::Tensor mean;
  at::Tensor inverse_deviation;
};

// True for images that the functions below take: four dimensions, a type as above, and on a GPU
// only where this build has kernels for it.
bool batch_norm_act_takes(const at::Tensor& input);

// Training. `residual` may be undefined; `running_mean` and `running_var` (with the unbiased
// variance) move towards this batch's by `new_share`. More than one value per channel is needed.
BatchNormActOutput batch_norm_act_forward(const at::Tensor& input, const at::Tensor& residual,
                                          const BatchNormActParameters& parameters,
                                          const at::Tensor& running_mean,
                                          const at::Tensor& running_var,
                                          const BatchNormActSettings& settings);

// With given statistics, as in evaluation: the third of the forward pass that writes the output.
at::Tensor batch_norm_act_apply(const at::Tensor& input, const at::Tensor& residual,
                                const BatchNormActParameters& parameters, const at::Tensor& mean,
                                const at::Tensor& inverse_deviation, float negative_slope);

// Gradients of everything for `gradient`, that of the output.
BatchNormActGradients batch_norm_act_backward(const at::Tensor& gradient,
                                              const BatchNormActSaved& saved, float negative_slope);

}  // namespace train_backbone::ops
