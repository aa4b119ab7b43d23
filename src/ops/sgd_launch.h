#pragma once

// Launches the device code of sgd.h over a flat arena in device memory.
#include "ops/cuda_launch.h"

namespace train_backbone::ops {

// A stretch of the arena up to `end` (exclusive), from where the one before it ended. Ends are
// multiples of 8, but for the last, which is the number of elements.
struct SgdSegmentLaunch {
  long long end = 0;
  float weight_decay = 0;
  float rate_factor = 1;  // the learning rate is this times *learning_rate
};

struct SgdLaunch {
  float* weights = nullptr;
  float* momentum = nullptr;
  const void* gradients = nullptr;
  Storage gradient_storage = Storage::kFloat;
  void* copy = nullptr;  // 16-bit weights for the network, or null
  Storage copy_storage = Storage::kHalf;
  float momentum_factor = 0;
  // Single values on the device, each of which may be null.
  const float* learning_rate = nullptr;
  const float* inverse_scale = nullptr;  // gradients are multiplied by it first
  const float* skip = nullptr;           // not 0: nothing changes
  const SgdSegmentLaunch* segments = nullptr;
  int segment_count = 0;  // 1 to 8
  CudaStream stream = nullptr;
};

void launch_sgd_update(const SgdLaunch& launch);

// Sets *found (on the device) to 1 where one of `count` gradients is infinite or NaN.
void launch_sgd_check(const void* gradients, Storage storage, long long count, float* found,
                      CudaStream stream);

}  // namespace train_backbone::ops
