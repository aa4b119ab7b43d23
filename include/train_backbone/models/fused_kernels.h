#pragma once

#include "train_backbone/models/classifier.h"

namespace train_backbone::models {

// Whether the network computes with this program's own kernels (as it does unless told otherwise),
// or each operation by torch's own. The numbers differ by rounding only. Own kernels are:
// - batch normalisation in training together with the activation and the sum that follow it, where
//   ops::batch_norm_act_takes() the input;
// - on the CPU, convolutions with windows of 3x3 pixels and stride 1 (ops/winograd.h).
void use_fused_kernels(Classifier& network, bool on);

}  // namespace train_backbone::models
