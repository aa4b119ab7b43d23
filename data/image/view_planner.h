#pragma once

#include "data/image/pixel_view.h"
#include "data/image/resize_axis.h"
#include "train_backbone/core/rng.h"
#include "train_backbone/data/image/decode.h"

namespace train_backbone::data {

// Which part of a picture becomes a sample, and how it is resized.
struct PictureView {
  PixelBox box;  // what is decoded
  ResizeAxis rows;
  ResizeAxis columns;
};

// Chooses the view of a picture from its size. Immutable: threads may share it.
class ViewPlanner {
 public:
  virtual ~ViewPlanner() = default;
  // The axes' counts are the sample's sides. All randomness comes from `rng`.
  [[nodiscard]] virtual PictureView plan(const ImageHeader& header, core::SampleRng& rng) const = 0;
};

}  // namespace train_backbone::data
