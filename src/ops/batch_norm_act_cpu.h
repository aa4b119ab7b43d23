#pragma once

#include <cstdint>

#include "ops/bfloat16.h"

// The loops of batch_norm_act on the CPU over a block of rows: `channels` adjacent elements each, a
// row begins `stride` elements after the one before it. Elements are fp32 or bf16, arithmetic is
// fp32 without fused multiply-adds, sums are fp64 in the order of the rows: every kind of CPU gives
// the same bits. Arrays do not overlap.
namespace train_backbone::ops {

struct RowBlock {
  int64_t rows = 0;
  int64_t channels = 0;
  int64_t stride = 0;
};

// Per channel, with arrays of `channels`:
//   v = (x - mean) * scale + bias (+ residual);  y = v where v > 0, else negative_slope * v
struct NormFactors {
  const float* mean = nullptr;
  const float* scale = nullptr;  // weight * inverse deviation
  const float* bias = nullptr;
  float negative_slope = 1;  // 1: no activation, 0: ReLU

  [[nodiscard]] NormFactors from(int64_t channel) const {
    return {mean + channel, scale + channel, bias + channel, negative_slope};
  }
};

// Per channel: dx = scale * dz - offset - (x - mean) * tilt.
struct GradientFactors {
  const float* offset = nullptr;
  const float* tilt = nullptr;
};

// first[c] += sum of (x - shift[c]), second[c] += sum of (x - shift[c])^2.
void norm_moments_cpu(const float* x, const float* shift, RowBlock block, double* first,
                      double* second);
void norm_moments_cpu(const Bfloat16* x, const float* shift, RowBlock block, double* first,
                      double* second);

// Writes y. `residual` may be null.
void norm_apply_cpu(const float* x, const float* residual, NormFactors factors, RowBlock block,
                    float* y);
void norm_apply_cpu(const Bfloat16* x, const Bfloat16* residual, NormFactors factors,
                    RowBlock block, Bfloat16* y);

// With dz = dy where y > 0, else negative_slope * dy: first[c] += sum of dz,
// second[c] += sum of dz * (x - mean[c]). Without a residual `y` and `dz` are null, and the sign of
// y comes from x; with one, both are given and dz is written.
void norm_gradient_sums_cpu(const float* x, const float* dy, const float* y, NormFactors factors,
                            RowBlock block, float* dz, double* first, double* second);
void norm_gradient_sums_cpu(const Bfloat16* x, const Bfloat16* dy, const Bfloat16* y,
                            NormFactors factors, RowBlock block, Bfloat16* dz, double* first,
                            double* second);

// Writes dx. `dy` still is to be masked, with the sign of y from x; where it is dz already, say
// negative_slope = 1.
void norm_input_gradient_cpu(const float* x, const float* dy, NormFactors factors,
                             GradientFactors gradient, RowBlock block, float* dx);
void norm_input_gradient_cpu(const Bfloat16* x, const Bfloat16* dy, NormFactors factors,
                             GradientFactors gradient, RowBlock block, Bfloat16* dx);

}  // namespace train_backbone::ops
