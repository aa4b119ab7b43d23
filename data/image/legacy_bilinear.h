#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "data/image/bilinear_kernels.h"
#include "data/image/pixel_view.h"
#include "data/image/resize_axis.h"
#include "data/image/resizer.h"

namespace train_backbone::data {

// The source positions that the wanted part of an axis that is not mirrored reads.
SourceRange source_range(const ResizeAxis& axis);

// Between which two source positions an output lies, and how near to the second. Positions are
// relative to the axis's origin.
struct BilinearTap {
  int lower;
  int upper;
  float weight;
};
BilinearTap bilinear_tap(const ResizeAxis& axis, int output);

// Bilinear resize as tf.compat.v1.image.resize does it (align_corners and half_pixel_centers off,
// no antialias): output i lies at source position i * source / target, float32 throughout, along x
// first. Rounded half up to uint8 once, at the end.
class LegacyBilinear final : public Resizer {
 public:
  void resize(const PixelView& source, const ResizeAxis& rows, const ResizeAxis& columns,
              std::span<uint8_t> out) override;

 private:
  struct alignas(kKernelAlignment) FloatGroup {
    float values[4 * kPixelGroup];
  };
  struct alignas(kKernelAlignment) PairGroup {
    uint64_t values[kPixelGroup];
  };

  void set_columns(const ResizeAxis& columns);
  // The source row resized along x; the row `kept` stays valid.
  const float* resized_row(const PixelView& source, int row, int kept);
  const uint8_t* readable_row(const PixelView& source, int row);

  size_t padded_count_ = 0;  // output pixels of a row, a multiple of kPixelGroup
  bool mirrored_ = false;
  std::vector<int32_t> offsets_;
  std::vector<FloatGroup> weights_;
  std::vector<PairGroup> pairs_;
  std::vector<FloatGroup> resized_[2];
  int resized_from_[2] = {-1, -1};
  std::vector<uint8_t> four_lanes_;
  std::vector<uint8_t> last_row_;
};

}  // namespace train_backbone::data
