#pragma once

// Launches the device code of batch_norm_act.h: the same contract on rows [rows, channels] of NHWC
// images in device memory, statistics and parameters fp32 [channels].
#include "ops/cuda_launch.h"

namespace train_backbone::ops {

struct NormLaunch {
  Storage storage = Storage::kFloat;
  long long rows = 0;  // at least 2 forward
  int channels = 0;
  float negative_slope = 1;
  // norm_scratch_size() fp32, and norm_counter_count() zeros, which the kernels leave zero. One
  // pair serves all layers that run after one another.
  float* scratch = nullptr;
  unsigned* counters = nullptr;
  CudaStream stream = nullptr;
};

struct NormForwardLaunch {
  const void* x = nullptr;
  const void* residual = nullptr;  // or null
  void* y = nullptr;
  const float* weight = nullptr;
  const float* bias = nullptr;
  float* mean = nullptr;
  float* inverse_deviation = nullptr;
  float* running_mean = nullptr;
  float* running_var = nullptr;
  float new_share = 0.1F;
  float epsilon = 1e-5F;
};

struct NormBackwardLaunch {
  const void* x = nullptr;
  const void* dy = nullptr;
  const void* y = nullptr;  // the output, where there was a residual and an activation, else null
  void* dz = nullptr;       // the residual's gradient, together with y; without activation it is dy
  void* dx = nullptr;
  const float* weight = nullptr;
  const float* bias = nullptr;
  const float* mean = nullptr;
  const float* inverse_deviation = nullptr;
  float* dweight = nullptr;
  float* dbias = nullptr;
};

// For the current device.
long long norm_scratch_size(Storage storage, long long rows, int channels);
int norm_counter_count(Storage storage, int channels);

void launch_norm_forward(const NormLaunch& launch, const NormForwardLaunch& forward);
// Only the pass that writes y, from given statistics: evaluation.
void launch_norm_apply(const NormLaunch& launch, const NormForwardLaunch& forward);
void launch_norm_backward(const NormLaunch& launch, const NormBackwardLaunch& backward);

}  // namespace train_backbone::ops
