#include "ops/winograd_cpu.h"

#include "ops/winograd_loops.h"

namespace train_backbone::ops {

int64_t winograd_windows_size(int64_t in, int64_t out) {
  return kWinogradPlanes * winograd::windows_plane(in, out);
}

int64_t winograd_sums_size(int64_t in, int64_t out) {
  return kWinogradPlanes * winograd::sums_plane(in, out);
}

int64_t winograd_workspace_size(int64_t in, int64_t out) {
  const int64_t tiles = winograd::block_tiles(in, out);
  return kWinogradPlanes * (winograd::plane_size(tiles, in) + winograd::plane_size(tiles, out));
}

TB_EVERY_VECTOR_WIDTH(winograd_windows_cpu, winograd::windows_of,
                      (const float* weight, int64_t in, int64_t out, Range groups, float* windows),
                      (weight, in, out, groups, windows))

TB_EVERY_VECTOR_WIDTH(winograd_turned_windows_cpu, winograd::turned_windows_of,
                      (const float* weight, int64_t in, int64_t out, Range groups, float* windows),
                      (weight, in, out, groups, windows))

TB_EVERY_VECTOR_WIDTH(winograd_convolve_cpu, winograd::convolve,
                      (const float* x, const float* windows, const WinogradShape& shape,
                       const WinogradShare& share, float* workspace, float* y),
                      (x, windows, shape, share, workspace, y))

TB_EVERY_VECTOR_WIDTH(winograd_gradient_sums_cpu, winograd::gradient_sums,
                      (const float* x, const float* dy, const WinogradShape& shape,
                       const WinogradShare& share, float* workspace, float* sums),
                      (x, dy, shape, share, workspace, sums))

TB_EVERY_VECTOR_WIDTH(winograd_weight_gradient_cpu, winograd::weight_gradient,
                      (const float* sums, int64_t parts, int64_t in, int64_t out, Range channels,
                       float* gradient),
                      (sums, parts, in, out, channels, gradient))

}  // namespace train_backbone::ops
