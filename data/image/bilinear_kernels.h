#pragma once

#include <cstddef>
#include <cstdint>

namespace train_backbone::data {

// The two inner loops of LegacyBilinear, run with the best vector instructions of this CPU. No
// fused multiply-add: every CPU rounds alike, as the plain loop does.
//
// A row of floats has four lanes per pixel, red, green, blue and one without meaning. `count` is a
// multiple of kPixelGroup; callers pad their rows. Float pointers are aligned to kKernelAlignment.
inline constexpr size_t kPixelGroup = 8;
inline constexpr size_t kKernelAlignment = 64;

// Output pixel i lies between two neighbours of an RGB row, the first of which begins at byte
// offsets[i]; 8 bytes from there are read. `weights` holds the second one's share, four times per
// pixel; `mirrored` makes it the first one's. `pairs` is scratch memory of `count` values, aligned
// to kKernelAlignment.
void blend_columns(const uint8_t* row, const int32_t* offsets, const float* weights, size_t count,
                   bool mirrored, uint64_t* pairs, float* out);

// top + (bottom - top) * weight, rounded half up to RGB bytes. Results must lie in 0..255. `out`
// gets 3 * `pixels` bytes (pixels <= count); `scratch` has 4 * `count`.
void blend_rows(const float* top, const float* bottom, float weight, size_t count, size_t pixels,
                uint8_t* scratch, uint8_t* out);

}  // namespace train_backbone::data
