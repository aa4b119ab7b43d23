#pragma once

#include "train_backbone/models/classifier.h"

namespace train_backbone::models {

// Whether batch normalisation in training computes together with the activation and the sum that
// follow it (as it does unless told otherwise, where ops::batch_norm_act_takes() the input), or
// each by an operation of torch's own. The numbers differ by rounding only.
void use_fused_kernels(Classifier& network, bool on);

}  // namespace train_backbone::models
