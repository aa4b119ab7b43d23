#pragma once

#include <cstdint>

#include "ops/vector_lanes.h"

// Products of small matrices that lie in the cache, the innermost loops of convolutions on the CPU.
namespace train_backbone::ops {

// The left factor: element (row, k) is at data[row * row_stride + k * k_stride].
struct LeftFactor {
  const float* data = nullptr;
  int64_t row_stride = 0;
  int64_t k_stride = 0;
};

// The right factor in panels of kLanes columns: element (k, column) of a panel is at
// data[k * kLanes + column], the next panel `panel_stride` elements on.
struct RightFactor {
  const float* data = nullptr;
  int64_t panel_stride = 0;
};

struct ProductSize {
  int64_t rows = 0;
  int64_t panels = 0;  // columns / kLanes
  int64_t depth = 0;   // columns of the left factor, rows of the right one
};

// Rows of accumulators that fit into the registers, two vectors each.
template <int64_t kLanes>
constexpr int64_t kRowsAtOnce = kLanes == 16 ? 8 : 6;

template <int64_t kLanes, int64_t kRows, int64_t kPanels>
TB_ALWAYS_INLINE void multiply_tile(const LeftFactor& left, const RightFactor& right, int64_t depth,
                                    bool add, float* result, int64_t result_stride) {
  Vector<kLanes> sums[kRows][kPanels] = {};
  for (int64_t k = 0; k < depth; ++k) {
    Vector<kLanes> columns[kPanels];
#pragma GCC unroll 2
    for (int64_t p = 0; p < kPanels; ++p) {
      columns[p] = load<kLanes>(right.data + p * right.panel_stride + k * kLanes);
    }
#pragma GCC unroll 8
    for (int64_t r = 0; r < kRows; ++r) {
      const float factor = left.data[r * left.row_stride + k * left.k_stride];
#pragma GCC unroll 2
      for (int64_t p = 0; p < kPanels; ++p) sums[r][p] += factor * columns[p];
    }
  }
#pragma GCC unroll 8
  for (int64_t r = 0; r < kRows; ++r) {
#pragma GCC unroll 2
    for (int64_t p = 0; p < kPanels; ++p) {
      float* const to = result + r * result_stride + p * kLanes;
      if (add) sums[r][p] += load<kLanes>(to);
      store<kLanes>(sums[r][p], to);
    }
  }
}

template <int64_t kLanes, int64_t kRows, int64_t kPanels>
TB_ALWAYS_INLINE void multiply_rows(LeftFactor left, const RightFactor& right, int64_t rows,
                                    int64_t depth, bool add, float* result, int64_t result_stride) {
  for (; rows >= kRows; rows -= kRows) {
    multiply_tile<kLanes, kRows, kPanels>(left, right, depth, add, result, result_stride);
    left.data += kRows * left.row_stride;
    result += kRows * result_stride;
  }
  if constexpr (kRows > 1) {
    constexpr int64_t kFewer = kRows == 6 ? 4 : kRows / 2;
    if (rows > 0) {
      multiply_rows<kLanes, kFewer, kPanels>(left, right, rows, depth, add, result, result_stride);
    }
  }
}

// result (+)= left * right; the result's rows of panels * kLanes elements begin `result_stride`
// apart. Every element is summed up in the order of k.
template <int64_t kLanes>
TB_ALWAYS_INLINE void multiply(const LeftFactor& left, RightFactor right, const ProductSize& size,
                               bool add, float* result, int64_t result_stride) {
  int64_t panels = size.panels;
  for (; panels >= 2; panels -= 2) {
    multiply_rows<kLanes, kRowsAtOnce<kLanes>, 2>(left, right, size.rows, size.depth, add, result,
                                                  result_stride);
    right.data += 2 * right.panel_stride;
    result += 2 * kLanes;
  }
  if (panels > 0) {
    multiply_rows<kLanes, kRowsAtOnce<kLanes>, 1>(left, right, size.rows, size.depth, add, result,
                                                  result_stride);
  }
}

}  // namespace train_backbone::ops
