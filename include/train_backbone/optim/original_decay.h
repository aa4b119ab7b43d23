#pragma once

#include <string_view>

namespace train_backbone::optim {

// Weight decay of a convolution or dense weight as aws-samples' program applies it, where
// --l2_weight_decay does not reach every layer (both as in torch: twice Keras' lambda):
//   ResNet-101  stem and classifier have 2e-4, whatever the option says
//   HRNet       1e-4 everywhere, and 2e-4 in the basic blocks of the branches
//   DarkNet-53  convolutions have 2e-4; the classifier follows the option
//   others      all follow the option
// `model` is a canonical name of the registry, `parameter` a name of ours.
double original_weight_decay(std::string_view model, std::string_view parameter, double option);

}  // namespace train_backbone::optim
