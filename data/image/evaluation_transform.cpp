#include <algorithm>
#include <cmath>
#include <memory>

#include "data/image/antialiased_bilinear.h"
#include "data/image/legacy_bilinear.h"
#include "data/image/planned_transform.h"
#include "train_backbone/data/image/transform.h"

namespace train_backbone::data {
namespace {

// What is decoded: the sources of both axes, which begin there then.
PictureView view_of(ResizeAxis rows, ResizeAxis columns, const SourceRange& y,
                    const SourceRange& x) {
  rows.origin = y.first;
  columns.origin = x.first;
  return {
      .box = {.top = y.first, .left = x.first, .height = y.end - y.first, .width = x.end - x.first},
      .rows = rows,
      .columns = columns};
}

class LegacyPlanner final : public ViewPlanner {
 public:
  LegacyPlanner(int size, int shorter_side) : size_(size), shorter_side_(shorter_side) {}

  [[nodiscard]] PictureView plan(const ImageHeader& header,
                                 core::SampleRng& /*rng*/) const override {
    const float ratio = static_cast<float>(shorter_side_) /
                        static_cast<float>(std::min(header.height, header.width));
    const ResizeAxis rows = central_part(header.height, ratio);
    const ResizeAxis columns = central_part(header.width, ratio);
    return view_of(rows, columns, source_range(rows), source_range(columns));
  }

 private:
  // The original multiplies in float32 and cuts: a side that should become shorter_side_ may lose a
  // pixel to rounding. It never gets smaller than what is cropped from it.
  [[nodiscard]] ResizeAxis central_part(int source, float ratio) const {
    const auto scaled = static_cast<int64_t>(static_cast<float>(source) * ratio);
    const int64_t target = std::max<int64_t>(scaled, size_);
    return {.source = source, .target = target, .first = (target - size_) / 2, .count = size_};
  }

  int size_;
  int shorter_side_;
};

class AntialiasedPlanner final : public ViewPlanner {
 public:
  AntialiasedPlanner(int size, int shorter_side) : size_(size), shorter_side_(shorter_side) {}

  [[nodiscard]] PictureView plan(const ImageHeader& header,
                                 core::SampleRng& /*rng*/) const override {
    const int shorter = std::min(header.height, header.width);
    const ResizeAxis rows = central_part(header.height, shorter);
    const ResizeAxis columns = central_part(header.width, shorter);
    return view_of(rows, columns, AntialiasedBilinear::source_range(rows),
                   AntialiasedBilinear::source_range(columns));
  }

 private:
  [[nodiscard]] ResizeAxis central_part(int source, int shorter) const {
    const int64_t target = int64_t{shorter_side_} * source / shorter;
    const auto first = std::llrint(static_cast<double>(target - size_) / 2);
    return {.source = source, .target = target, .first = first, .count = size_};
  }

  int size_;
  int shorter_side_;
};

}  // namespace

std::unique_ptr<ImageTransform> make_evaluation_transform(int size, double crop_pct,
                                                          AugmentSemantics semantics) {
  const auto shorter_side = static_cast<int>(std::lround(size / crop_pct));
  if (semantics == AugmentSemantics::kTorchvision) {
    return std::make_unique<PlannedTransform>(
        std::make_shared<AntialiasedPlanner>(size, shorter_side), JpegStyle{},
        Resampling::kAntialiasedBilinear);
  }
  return std::make_unique<PlannedTransform>(
      std::make_shared<LegacyPlanner>(size, shorter_side),
      JpegStyle{.fast_transform = semantics == AugmentSemantics::kTfExact},
      Resampling::kLegacyBilinear);
}

}  // namespace train_backbone::data
