#include "ops/input_transform_cpu.h"

#include <cstddef>

#include "ops/simd.h"

namespace train_backbone::ops {
namespace {

TB_ALWAYS_INLINE float normalised(uint8_t pixel, const PixelRun& run, int64_t i) {
  return (static_cast<float>(pixel) - run.mean[static_cast<size_t>(i)]) /
         run.deviation[static_cast<size_t>(i)];
}

TB_ALWAYS_INLINE void plain(const uint8_t* __restrict pixels, float* __restrict output,
                            int64_t count, const PixelRun& run) {
  int64_t start = 0;
  for (; start + PixelRun::kBytes <= count; start += PixelRun::kBytes) {
    for (int64_t i = 0; i < PixelRun::kBytes; ++i) {
      output[start + i] = normalised(pixels[start + i], run, i);
    }
  }
  for (int64_t i = 0; start + i < count; ++i) {
    output[start + i] = normalised(pixels[start + i], run, i);
  }
}

TB_ALWAYS_INLINE void mixed(const uint8_t* __restrict pixels, const uint8_t* __restrict partner,
                            float weight, float* __restrict output, int64_t count,
                            const PixelRun& run) {
  const float rest = 1.0F - weight;
  int64_t start = 0;
  for (; start + PixelRun::kBytes <= count; start += PixelRun::kBytes) {
    for (int64_t i = 0; i < PixelRun::kBytes; ++i) {
      output[start + i] = weight * normalised(pixels[start + i], run, i) +
                          rest * normalised(partner[start + i], run, i);
    }
  }
  for (int64_t i = 0; start + i < count; ++i) {
    output[start + i] = weight * normalised(pixels[start + i], run, i) +
                        rest * normalised(partner[start + i], run, i);
  }
}

}  // namespace

TB_EVERY_CPU_VARIANT(normalise_cpu, plain,
                     (const uint8_t* pixels, float* output, int64_t count, const PixelRun& run),
                     (pixels, output, count, run))

TB_EVERY_CPU_VARIANT(normalise_mixed_cpu, mixed,
                     (const uint8_t* pixels, const uint8_t* partner, float weight, float* output,
                      int64_t count, const PixelRun& run),
                     (pixels, partner, weight, output, count, run))

}  // namespace train_backbone::ops
