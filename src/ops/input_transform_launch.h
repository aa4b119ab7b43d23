#pragma once

// Launches the device code of input_transform.h: uint8 [N, H, W, 3] in device memory to normalised
// NHWC images, mixed on the way.
#include "ops/cuda_launch.h"

namespace train_backbone::ops {

struct InputTransformLaunch {
  const unsigned char* pixels = nullptr;
  int samples = 0;
  long long pixels_per_sample = 0;      // H x W
  const long long* partners = nullptr;  // [N] on the device, or null: no mixing
  const float* weights = nullptr;       // [N] on the device, a sample's own share
  float mean[3] = {0, 0, 0};
  float deviation[3] = {1, 1, 1};
  void* images = nullptr;
  Storage storage = Storage::kFloat;
  int channels = 3;  // of the images: 3, or 4 or 8 with zeros behind
  CudaStream stream = nullptr;
};

void launch_input_transform(const InputTransformLaunch& launch);

}  // namespace train_backbone::ops
