#pragma once

#include "models/joint_statistics.h"

namespace train_backbone::models {

// All [C] and of one type, which the input has too.
struct BatchNormTensors {
  const at::Tensor& weight;
  const at::Tensor& bias;
  const at::Tensor& running_mean;
  const at::Tensor& running_var;
};

struct BatchNormFactors {
  double new_share = 0;  // of the running statistics
  double epsilon = 0;
};

// torch's batch_norm in training over the joined batch of all ranks, with its gradients; the
// contract is that of synchronise_batch_norm. input: [N, C, H, W]; the output has its memory
// format. Changes the running statistics by mean and unbiased variance. Collective, and so is its
// gradient.
at::Tensor joint_batch_norm(const at::Tensor& input, const BatchNormTensors& tensors,
                            const BatchNormFactors& factors, const RankGroup& ranks);

}  // namespace train_backbone::models
