#pragma once

#include <array>
#include <cstdint>

namespace train_backbone::ops {

// Mean and deviation per byte of a run of whole RGB pixels, so that one vector loop serves all
// three channels.
struct PixelRun {
  static constexpr int64_t kBytes = 48;  // 16 pixels: a multiple of every vector's length
  std::array<float, kBytes> mean{};
  std::array<float, kBytes> deviation{};
};

// output[i] = (pixels[i] - mean) / deviation for `count` bytes of interleaved RGB.
void normalise_cpu(const uint8_t* pixels, float* output, int64_t count, const PixelRun& run);

// output[i] = weight * normalised(pixels[i]) + (1 - weight) * normalised(partner[i]).
void normalise_mixed_cpu(const uint8_t* pixels, const uint8_t* partner, float weight, float* output,
                         int64_t count, const PixelRun& run);

}  // namespace train_backbone::ops
