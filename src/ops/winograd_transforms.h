#pragma once

#include <cstdint>

#include "ops/vector_lanes.h"

// The transforms of F(2x2, 3x3), for kLanes channels at a time: Lavin & Gray, "Fast Algorithms for
// Convolutional Neural Networks", 2015, section 4.1. With d a patch of the input, g a window and Y
// a tile of the output,
//   Y = A' [(G g G') * (B' d B)] A
//         | 1  0 -1  0 |        | 1    0    0   |         | 1  1  1  0 |
//   B' =  | 0  1  1  0 |   G =  | 1/2  1/2  1/2 |   A' =  | 0  1 -1 -1 |
//         | 0 -1  1  0 |        | 1/2 -1/2  1/2 |
//         | 0  1  0 -1 |        | 0    0    1   |
// Matrices are arrays row by row. Gradients go through the transposed transforms.
namespace train_backbone::ops {

// B' d B, in place.
template <int64_t kLanes>
TB_ALWAYS_INLINE void transform_patch(Vector<kLanes> (&d)[16]) {
  const auto turn = [&](int64_t first, int64_t step) TB_ALWAYS_INLINE_LAMBDA {
    const Vector<kLanes> d0 = d[first];
    const Vector<kLanes> d1 = d[first + step];
    const Vector<kLanes> d2 = d[first + 2 * step];
    const Vector<kLanes> d3 = d[first + 3 * step];
    d[first] = d0 - d2;
    d[first + step] = d1 + d2;
    d[first + 2 * step] = d2 - d1;
    d[first + 3 * step] = d1 - d3;
  };
#pragma GCC unroll 4
  for (int64_t column = 0; column < 4; ++column) turn(column, 4);
#pragma GCC unroll 4
  for (int64_t row = 0; row < 4; ++row) turn(4 * row, 1);
}

// G g G'.
template <int64_t kLanes>
TB_ALWAYS_INLINE void transform_window(const Vector<kLanes> (&g)[9], Vector<kLanes> (&planes)[16]) {
  Vector<kLanes> rows[12];
  const auto turn = [](const Vector<kLanes>* from, int64_t step, Vector<kLanes>* to,
                       int64_t to_step) TB_ALWAYS_INLINE_LAMBDA {
    const Vector<kLanes> ends = 0.5F * (from[0] + from[2 * step]);
    const Vector<kLanes> middle = 0.5F * from[step];
    to[0] = from[0];
    to[to_step] = ends + middle;
    to[2 * to_step] = ends - middle;
    to[3 * to_step] = from[2 * step];
  };
#pragma GCC unroll 3
  for (int64_t column = 0; column < 3; ++column) turn(g + column, 3, rows + column, 3);
#pragma GCC unroll 4
  for (int64_t row = 0; row < 4; ++row) turn(rows + 3 * row, 1, planes + 4 * row, 1);
}

// A' m A.
template <int64_t kLanes>
TB_ALWAYS_INLINE void transform_back(const Vector<kLanes> (&m)[16], Vector<kLanes> (&tile)[4]) {
  Vector<kLanes> rows[8];
#pragma GCC unroll 4
  for (int64_t column = 0; column < 4; ++column) {
    rows[column] = m[column] + m[4 + column] + m[8 + column];
    rows[4 + column] = m[4 + column] - m[8 + column] - m[12 + column];
  }
#pragma GCC unroll 2
  for (int64_t row = 0; row < 2; ++row) {
    const Vector<kLanes>* const from = rows + 4 * row;
    tile[2 * row] = from[0] + from[1] + from[2];
    tile[2 * row + 1] = from[1] - from[2] - from[3];
  }
}

// A dY A': the gradient of transform_back().
template <int64_t kLanes>
TB_ALWAYS_INLINE void spread_tile(const Vector<kLanes> (&tile)[4], Vector<kLanes> (&planes)[16]) {
  const Vector<kLanes> rows[4][2] = {{tile[0], tile[1]},
                                     {tile[0] + tile[2], tile[1] + tile[3]},
                                     {tile[0] - tile[2], tile[1] - tile[3]},
                                     {-tile[2], -tile[3]}};
#pragma GCC unroll 4
  for (int64_t row = 0; row < 4; ++row) {
    planes[4 * row] = rows[row][0];
    planes[4 * row + 1] = rows[row][0] + rows[row][1];
    planes[4 * row + 2] = rows[row][0] - rows[row][1];
    planes[4 * row + 3] = -rows[row][1];
  }
}

// G' dU G: the gradient of transform_window().
template <int64_t kLanes>
TB_ALWAYS_INLINE void gather_window(const Vector<kLanes> (&planes)[16], Vector<kLanes> (&g)[9]) {
  Vector<kLanes> rows[12];
  const auto turn = [](const Vector<kLanes>* from, int64_t step, Vector<kLanes>* to,
                       int64_t to_step) TB_ALWAYS_INLINE_LAMBDA {
    const Vector<kLanes> sum = 0.5F * (from[step] + from[2 * step]);
    to[0] = from[0] + sum;
    to[to_step] = 0.5F * (from[step] - from[2 * step]);
    to[2 * to_step] = sum + from[3 * step];
  };
#pragma GCC unroll 4
  for (int64_t column = 0; column < 4; ++column) turn(planes + column, 4, rows + column, 4);
#pragma GCC unroll 3
  for (int64_t row = 0; row < 3; ++row) turn(rows + 4 * row, 1, g + 3 * row, 1);
}

}  // namespace train_backbone::ops
