#include <algorithm>
#include <cmath>
#include <memory>

#include "data/image/legacy_bilinear.h"
#include "data/image/planned_transform.h"
#include "train_backbone/data/image/transform.h"

namespace train_backbone::data {
namespace {

class EvaluationPlanner final : public ViewPlanner {
 public:
  EvaluationPlanner(int size, int shorter_side) : size_(size), shorter_side_(shorter_side) {}

  [[nodiscard]] PictureView plan(const ImageHeader& header,
                                 core::SampleRng& /*rng*/) const override {
    const float ratio = static_cast<float>(shorter_side_) /
                        static_cast<float>(std::min(header.height, header.width));
    PictureView view = {.box = {},
                        .rows = central_part(header.height, ratio),
                        .columns = central_part(header.width, ratio)};
    const SourceRange y = source_range(view.rows);
    const SourceRange x = source_range(view.columns);
    view.rows.origin = y.first;
    view.columns.origin = x.first;
    view.box = {
        .top = y.first, .left = x.first, .height = y.end - y.first, .width = x.end - x.first};
    return view;
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

}  // namespace

std::unique_ptr<ImageTransform> make_evaluation_transform(int size, double crop_pct) {
  return std::make_unique<PlannedTransform>(
      std::make_shared<EvaluationPlanner>(size, static_cast<int>(std::lround(size / crop_pct))),
      JpegStyle{}, Resampling::kLegacyBilinear);
}

}  // namespace train_backbone::data
