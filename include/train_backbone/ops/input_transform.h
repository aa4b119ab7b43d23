#pragma once

#include <ATen/core/Tensor.h>

#include <array>
#include <cstdint>
#include <span>

namespace train_backbone::ops {

// Per channel, on the 0..255 scale: output = (pixel - mean) / deviation.
struct Normalisation {
  std::array<float, 3> mean{};
  std::array<float, 3> deviation{1, 1, 1};
};

// Which sample a sample is mixed with, and its own share. partner == own index: unmixed.
struct MixPartner {
  int64_t partner = 0;
  float weight = 1.0F;  // share of the sample itself, in [0, 1]
};

// uint8 NHWC pixels [N, H, W, 3] to normalised float [N, 3, H, W] in channels-last memory, mixed on
// the way: out = weight * x + (1 - weight) * x[partner] on normalised values. `mix` is empty (no
// mixing) or has N entries. Fills `output`, which must have the right shape and memory format.
// Runs on the compute threads; results do not depend on their number. Throws std::invalid_argument
// when sizes or partners do not fit.
void normalise_and_mix(std::span<const uint8_t> pixels, const Normalisation& normalisation,
                       std::span<const MixPartner> mix, at::Tensor output);

// MixPartner of each sample on a device, where they are an input of work there; undefined where
// nothing is mixed.
struct MixTensors {
  at::Tensor partner;  // int64 [N]
  at::Tensor weight;   // float [N]: 1 where a sample is its own partner
};
MixTensors mix_tensors(std::span<const MixPartner> mix, c10::Device device);

// normalise_and_mix() of pixels that lie on a device, as work for that device alone: uint8
// [N, H, W, 3] to [N, 3, H, W] of `type` in channels-last memory. Computed in fp32, to which it is
// equal up to rounding, and then rounded once to `type`: fp32, bf16 or fp16. `mix` is not checked.
at::Tensor normalised_images(const at::Tensor& pixels, const Normalisation& normalisation,
                             const MixTensors& mix, at::ScalarType type);

// Empty tensor for normalise_and_mix: float [n, 3, height, width], channels-last, on the CPU.
at::Tensor empty_images(int64_t n, int64_t height, int64_t width);

}  // namespace train_backbone::ops
