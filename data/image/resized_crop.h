#pragma once

#include "data/image/pixel_view.h"
#include "train_backbone/core/rng.h"

namespace train_backbone::data {

// A random box within a picture, distributed as torchvision's RandomResizedCrop.get_params gives it
// with its defaults: area uniform in 0.08..1 of the picture, aspect (width / height) log-uniform in
// 3/4..4/3, sides rounded half to even, every offset equally likely, 10 tries; else the central box
// of the nearest allowed aspect. height > 0, width > 0.
PixelBox sample_resized_crop(int height, int width, core::SampleRng& rng);

}  // namespace train_backbone::data
