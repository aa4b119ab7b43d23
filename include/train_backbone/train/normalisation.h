#pragma once

#include <string_view>

#include "train_backbone/ops/input_transform.h"

namespace train_backbone::train {

// Mean and standard deviation of ImageNet's pixels as everyone uses them (0.485, 0.456, 0.406 and
// 0.229, 0.224, 0.225 times 255).
ops::Normalisation imagenet_normalisation();

// The original's: slightly other means, deviation 1 for HRNet.
ops::Normalisation original_normalisation(std::string_view model);

}  // namespace train_backbone::train
