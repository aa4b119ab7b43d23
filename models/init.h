#pragma once

#include <torch/nn/module.h>

#include <cstdint>

namespace train_backbone::models {

// Sets the weights of a network made of the layers in layers.h, in the order of registration:
//   convolutions  He normal, fan-in: variance 2 / fan-in, truncated at two deviations of the
//                 underlying normal (Keras' he_normal, which the original uses)
//   dense layers  normal of deviation 0.01 truncated at two deviations; bias 0
//   normalisation scale 1, shift 0; the last one of each residual block scale 0
// A pure function of the seed, independent of the number of threads and of LibTorch's generator.
void initialise(torch::nn::Module& network, uint64_t seed);

}  // namespace train_backbone::models
