#pragma once

#include <ATen/core/Tensor.h>

#include <span>

#include "train_backbone/ops/input_transform.h"

namespace train_backbone::ops {

// MixPartner of each sample, on the device; undefined where nothing is mixed.
struct MixTensors {
  at::Tensor partner;  // int64 [N]
  at::Tensor weight;   // float [N]
};
MixTensors mix_tensors(std::span<const MixPartner> mix, c10::Device device);

// normalise_and_mix() by ATen, on any device: uint8 [N, H, W, 3] to float [N, 3, H, W] in
// channels-last memory. Equal to it up to rounding.
at::Tensor normalise_and_mix_aten(const at::Tensor& pixels, const Normalisation& normalisation,
                                  const MixTensors& mix);

}  // namespace train_backbone::ops
