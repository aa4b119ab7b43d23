#pragma once

#include "train_backbone/ops/batch_norm_act.h"

namespace train_backbone::models {

// What normalisation reads and, of its running statistics, changes.
struct NormTensors {
  const at::Tensor& weight;
  const at::Tensor& bias;
  const at::Tensor& running_mean;
  const at::Tensor& running_var;
};

// ops::batch_norm_act_forward() with its gradients. `residual` may be undefined.
at::Tensor fused_batch_norm(const at::Tensor& input, const at::Tensor& residual,
                            const NormTensors& tensors, const ops::BatchNormActSettings& settings);

}  // namespace train_backbone::models
