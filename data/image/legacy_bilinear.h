#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "data/image/pixel_view.h"

namespace train_backbone::data {

// How one axis is resized: `source` positions become `target`, of which [first, first + count) are
// wanted. `mirrored` reads the source backwards (a flip before the resize). The pixels at hand
// begin at source position `origin`.
struct ResizeAxis {
  int source = 0;
  int64_t target = 0;
  int64_t first = 0;
  int count = 0;
  int origin = 0;
  bool mirrored = false;
};

// The source positions [first, end) that the wanted part of an axis that is not mirrored reads.
struct SourceRange {
  int first = 0;
  int end = 0;
};
SourceRange source_range(const ResizeAxis& axis);

// Between which two source positions an output lies, and how near to the second.
struct BilinearTap {
  int lower;
  int upper;
  float weight;
};

// Bilinear resize as tf.compat.v1.image.resize does it (align_corners and half_pixel_centers off,
// no antialias): output i lies at source position i * source / target, float32 throughout. Rounded
// to uint8 once, at the end. Keeps its memory between pictures; not thread safe.
class LegacyBilinear {
 public:
  // Writes uint8 [rows.count, columns.count, 3] to `out`. `source` begins at position
  // (rows.origin, columns.origin) and holds all that the axes read.
  void resize(const PixelView& source, const ResizeAxis& rows, const ResizeAxis& columns,
              std::span<uint8_t> out);

 private:
  static void fill_taps(const ResizeAxis& axis, std::vector<BilinearTap>& taps);
  // The source row resized along x; the row `kept` stays valid.
  const float* resized_row(const PixelView& source, int row, int kept);

  std::vector<BilinearTap> row_taps_;
  std::vector<BilinearTap> column_taps_;
  std::vector<float> resized_[2];
  int resized_from_[2] = {-1, -1};
};

}  // namespace train_backbone::data
