#pragma once

#include <ATen/core/Tensor.h>

#include "train_backbone/ops/input_transform.h"

namespace train_backbone::ops {

// normalise_and_mix() by ATen, on any device: uint8 [N, H, W, 3] to float [N, 3, H, W] in
// channels-last memory. Equal to it up to rounding.
at::Tensor normalise_and_mix_aten(const at::Tensor& pixels, const Normalisation& normalisation,
                                  const MixTensors& mix);

}  // namespace train_backbone::ops
