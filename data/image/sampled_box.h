#pragma once

#include "data/image/pixel_view.h"
#include "train_backbone/core/rng.h"

namespace train_backbone::data {

// Limits of the random box of training. The defaults are the original's.
struct SampledBoxLimits {
  float min_area = 0.05F;  // share of the picture
  float max_area = 1.0F;
  float min_aspect = 0.75F;  // width / height
  float max_aspect = 1.33F;
  float min_covered = 0.1F;  // share of the whole picture that an accepted box must show
  int tries = 100;
};

// A random box within a picture, distributed as TensorFlow's SampleDistortedBoundingBoxV2 gives it
// for one bounding box that is the whole picture, in float32 with its quirks: aspect linear, height
// uniform between its limits, the last possible offset never drawn. The whole picture when no try
// fits. height > 0, width > 0.
PixelBox sample_box(int height, int width, core::SampleRng& rng,
                    const SampledBoxLimits& limits = {});

}  // namespace train_backbone::data
