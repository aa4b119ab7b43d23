#pragma once

#include <ATen/core/Tensor.h>

#include "train_backbone/ops/batch_norm_act.h"
#include "train_backbone/ops/input_transform.h"
#include "train_backbone/ops/sgd.h"

// The seam to the own kernels on GPUs: gpu_kernels_cuda.cpp, or gpu_kernels_none.cpp where the
// build has none. All work on the current stream of the tensors' GPU and never wait for it.
// Arguments are checked by who calls; images lie channels-last.
namespace train_backbone::ops {

// Where this is false, none of the others may be called.
bool has_gpu_kernels();

// As the functions without _gpu, with images in fp32, bf16 or fp16.
BatchNormActOutput batch_norm_act_forward_gpu(const at::Tensor& input, const at::Tensor& residual,
                                              const BatchNormActParameters& parameters,
                                              const at::Tensor& running_mean,
                                              const at::Tensor& running_var,
                                              const BatchNormActSettings& settings);
at::Tensor batch_norm_act_apply_gpu(const at::Tensor& input, const at::Tensor& residual,
                                    const BatchNormActParameters& parameters,
                                    const at::Tensor& mean, const at::Tensor& inverse_deviation,
                                    float negative_slope);
BatchNormActGradients batch_norm_act_backward_gpu(const at::Tensor& gradient,
                                                  const BatchNormActSaved& saved,
                                                  float negative_slope);

void nesterov_sgd_gpu(const at::Tensor& weights, const at::Tensor& gradients,
                      const at::Tensor& momentum, const SgdCoefficients& coefficients,
                      const SgdExtras& extras);
void find_not_finite_gpu(const at::Tensor& gradients, const at::Tensor& found);

// As normalised_images().
at::Tensor normalise_and_mix_gpu(const at::Tensor& pixels, const Normalisation& normalisation,
                                 const MixTensors& mix, at::ScalarType type);

}  // namespace train_backbone::ops
