#pragma once

#include <ATen/core/Tensor.h>

#include <string>
#include <utility>
#include <vector>

#include "train_backbone/models/classifier.h"

namespace train_backbone::models {

// From now on, convolutions compute in `type` where their input has it, with weights out of
// `copies`: tensors of that type under the parameters' names, which whoever updates the weights
// keeps equal to them. A weight that is not among them is frozen and is copied here once.
// Parameters and their gradients stay as they are. Throws std::invalid_argument for a copy of
// another shape or type.
void compute_with_copies(Classifier& network, at::ScalarType type,
                         const std::vector<std::pair<std::string, at::Tensor>>& copies);

}  // namespace train_backbone::models
