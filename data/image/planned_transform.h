#pragma once

#include <memory>
#include <vector>

#include "data/image/image_decoder.h"
#include "data/image/resizer.h"
#include "data/image/view_planner.h"
#include "train_backbone/data/image/transform.h"

namespace train_backbone::data {

// Header -> view -> decode of the view's box -> resize.
class PlannedTransform final : public ImageTransform {
 public:
  PlannedTransform(std::shared_ptr<const ViewPlanner> planner, const JpegStyle& style,
                   Resampling resampling);

  void apply(std::span<const uint8_t> encoded, core::SampleRng& rng,
             std::span<uint8_t> pixels) override;
  void measure(std::span<const uint8_t> encoded, core::SampleRng& rng, std::span<uint8_t> pixels,
               TransformSeconds& seconds) override;
  [[nodiscard]] std::unique_ptr<ImageTransform> clone() const override;

 private:
  std::shared_ptr<const ViewPlanner> planner_;
  JpegStyle style_;
  Resampling resampling_;
  ImageDecoder decoder_;
  std::unique_ptr<Resizer> resizer_;
  std::vector<uint8_t> decoded_;
};

}  // namespace train_backbone::data
