#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <span>

#include "train_backbone/train/meters.h"

namespace train_backbone::train {

// What the samples of a batch should be: `weight` of the class in `labels` and the rest of that in
// `partner_labels`. All three are [N]; labels int64, weight float.
struct MixedLabels {
  at::Tensor labels;
  at::Tensor partner_labels;  // undefined: nothing is mixed, weight is not looked at
  at::Tensor weight;
};

// Mean over the batch of w CE(labels) + (1 - w) CE(partner_labels), where
//   CE(y) = (1 - smoothing) (-log p[y]) + smoothing mean over classes of (-log p)
// (Szegedy et al. 2016, as torch's label_smoothing; Zhang et al. 2018 for the mixing).
// logits float [N, C]; 0 <= smoothing <= 1. Returns a scalar that can be differentiated.
at::Tensor cross_entropy(const at::Tensor& logits, const MixedLabels& labels, double smoothing);

// Top-1 and top-5 of logits [N, C] on the CPU against `labels`; loss_sum stays 0.
Meters count_correct(const at::Tensor& logits, std::span<const int64_t> labels);

// The same on any device and without waiting for it, with the loss: double [4] there, the sums of
// Meters in their order. `labels` int64 [N], `mean_loss` a scalar.
at::Tensor count_with_loss(const at::Tensor& logits, const at::Tensor& labels,
                           const at::Tensor& mean_loss);
// What such sums, on the CPU, say.
Meters meters_of(const at::Tensor& sums);

// int64 [N] on the CPU, a copy.
at::Tensor label_tensor(std::span<const int64_t> labels);

}  // namespace train_backbone::train
