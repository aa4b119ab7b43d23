#pragma once

#include <cstdint>

// The loops of winograd.h on the CPU, over a share of the tiles. Arithmetic is fp32 with fused
// multiply-adds where the CPU has them; every element of a result is summed up in an order that
// depends on the kind of CPU and on nothing else. Arrays do not overlap.
//
// A tile is 2x2 pixels of the output, computed from a patch of 4x4 pixels of the input, a border of
// zeros around the picture included. Tiles of all pictures are numbered row by row. Transformed
// patches and windows have 16 planes; the planes of a convolution are products of matrices.
namespace train_backbone::ops {

struct WinogradShape {
  int64_t pictures = 0;
  int64_t height = 0;
  int64_t width = 0;
  int64_t in = 0;  // channels
  int64_t out = 0;

  [[nodiscard]] int64_t tiles_high() const { return (height + 1) / 2; }
  [[nodiscard]] int64_t tiles_wide() const { return (width + 1) / 2; }
  [[nodiscard]] int64_t tiles() const { return pictures * tiles_high() * tiles_wide(); }
};

inline constexpr int64_t kWinogradPlanes = 16;
// Channels are computed in groups of so many; those that are missing in the last are zeros.
inline constexpr int64_t kChannelGroup = 16;

constexpr int64_t groups_of(int64_t channels) {
  return (channels + kChannelGroup - 1) / kChannelGroup;
}

// Elements of the memory that the functions below want.
int64_t winograd_windows_size(int64_t in, int64_t out);
int64_t winograd_sums_size(int64_t in, int64_t out);
int64_t winograd_workspace_size(int64_t in, int64_t out);

struct Range {
  int64_t begin = 0;
  int64_t end = 0;
};

// A part of the work: tiles, and groups of output channels (convolve) or input channels (sums).
struct WinogradShare {
  Range tiles;
  Range groups;
};

// `weight` is [out, 3, 3, in]; the windows of a range of groups of output channels.
void winograd_windows_cpu(const float* weight, int64_t in, int64_t out, Range groups,
                          float* windows);
// The windows that lead from the output's gradient to the input's: turned by half a turn, input and
// output channels exchanged; of a range of groups of input channels.
void winograd_turned_windows_cpu(const float* weight, int64_t in, int64_t out, Range groups,
                                 float* windows);

// Writes the share's part of y [pictures, height, width, out] for x [pictures, height, width, in].
void winograd_convolve_cpu(const float* x, const float* windows, const WinogradShape& shape,
                           const WinogradShare& share, float* workspace, float* y);

// Writes the share's gradients of the transformed windows, summed up over its tiles, to `sums` of
// winograd_sums_size().
void winograd_gradient_sums_cpu(const float* x, const float* dy, const WinogradShape& shape,
                                const WinogradShare& share, float* workspace, float* sums);

// Writes a range of output channels of the weight's gradient [out, 3, 3, in] from `parts` such
// arrays, one behind the other.
void winograd_weight_gradient_cpu(const float* sums, int64_t parts, int64_t in, int64_t out,
                                  Range channels, float* gradient);

}  // namespace train_backbone::ops
