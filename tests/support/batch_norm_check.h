#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string>

#include "train_backbone/ops/batch_norm_act.h"

namespace train_backbone::test {

struct NormShape {
  int64_t n, c, h, w;
};

// Made-up images [n, c, h, w], channels-last, on the CPU; always the same for a name.
at::Tensor hashed_image(const std::string& name, const NormShape& shape, at::ScalarType type);

// One batch for ops::batch_norm_act with everything that goes in.
struct NormSample {
  at::Tensor x, residual, dy, weight, bias;
  ops::BatchNormActSettings settings;

  [[nodiscard]] NormSample on(c10::Device device) const;
};

// Means of up to ten deviations, and channels of different scales; on the CPU.
NormSample norm_sample(const NormShape& shape, float slope, bool residual, at::ScalarType type);

struct NormResult {
  ops::BatchNormActOutput forward;
  ops::BatchNormActGradients backward;
  at::Tensor running_mean, running_var;  // were kRunningMean and kRunningVariance
};
constexpr double kRunningMean = 0.5;
constexpr double kRunningVariance = 2.0;

// Forward and backward, on the device of the sample.
NormResult run_norm(const NormSample& sample);

// Runs it and expects what fp64 computes: within 1e-5 of the terms that make up a result, and for
// 16-bit images also half of the last place.
void expect_norm_reference(const NormSample& sample);

}  // namespace train_backbone::test
