#pragma once

#include <torch/nn/module.h>

#include <cstdint>

namespace train_backbone::models {

// Which first weights a family has in the original.
struct InitRule {
  bool fan_out = false;       // of convolutions: variance 2 / fan-out instead of 2 / fan-in
  bool scaled_dense = false;  // dense: variance 1 / fan-in instead of deviation 0.01
};

inline constexpr InitRule kResNetInit{};  // and DarkNet
inline constexpr InitRule kHRNetInit{.fan_out = true, .scaled_dense = true};

// Sets the weights of a network made of the layers in layers.h, in the order of registration:
//   convolutions  normal truncated at two deviations of the underlying normal (Keras' he_normal and
//                 VarianceScaling) with the variance of the rule
//   dense layers  normal with the rule's deviation, truncated alike
// What else there is has its first values already: biases 0, normalisation scale 1 and shift 0; the
// last scale of each residual block of ResNet and DarkNet 0.
// A pure function of the seed, independent of the number of threads and of LibTorch's generator.
void initialise(torch::nn::Module& network, const InitRule& rule, uint64_t seed);

}  // namespace train_backbone::models
