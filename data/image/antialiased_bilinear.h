#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "data/image/pixel_view.h"
#include "data/image/resize_axis.h"
#include "data/image/resizer.h"

namespace train_backbone::data {

// Bilinear resize with antialias, as Pillow's BILINEAR filter and torchvision's antialias=True do
// it: a triangle around the output's centre, as wide as an output pixel is in the source (never
// narrower than 2 source pixels). In Pillow's 8-bit arithmetic: weights rounded to 22 bits, along x
// first, rounded to uint8 after each direction. Bit-equal to Pillow; torchvision's tensors differ
// by at most 1. A mirrored axis reverses the outputs (a flip after the resize).
class AntialiasedBilinear final : public Resizer {
 public:
  void resize(const PixelView& source, const ResizeAxis& rows, const ResizeAxis& columns,
              std::span<uint8_t> out) override;

  // The source positions that the wanted part of an axis that is not mirrored reads.
  static SourceRange source_range(const ResizeAxis& axis);

 private:
  // An output is the sum of `count` sources from `first` on, relative to the axis's origin, with
  // the weights from `weights` on.
  struct Tap {
    int first = 0;
    int count = 0;
    size_t weights = 0;
  };
  struct Axis {
    std::vector<Tap> taps;
    std::vector<int32_t> weights;
  };

  static void fill(const ResizeAxis& axis, Axis& filled);
  void resize_columns(const PixelView& source, int first_row, int end_row);
  void blend_rows(const Tap& tap, int first_row, uint8_t* out);

  Axis rows_;
  Axis columns_;
  std::vector<uint8_t> narrowed_;  // source rows, resized along x
  std::vector<int32_t> sums_;
};

}  // namespace train_backbone::data
