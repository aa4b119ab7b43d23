#include <algorithm>
#include <cmath>
#include <vector>

#include "data/image/image_decoder.h"
#include "data/image/legacy_bilinear.h"
#include "train_backbone/data/image/transform.h"

namespace train_backbone::data {
namespace {

class EvaluationTransform final : public ImageTransform {
 public:
  EvaluationTransform(int size, int shorter_side) : size_(size), shorter_side_(shorter_side) {}

  void apply(std::span<const uint8_t> encoded, core::SampleRng& /*rng*/,
             std::span<uint8_t> pixels) override {
    const ImageHeader header = decoder_.open(encoded);
    const float ratio = static_cast<float>(shorter_side_) /
                        static_cast<float>(std::min(header.height, header.width));
    ResizeAxis rows = central_part(header.height, ratio);
    ResizeAxis columns = central_part(header.width, ratio);
    const SourceRange y = source_range(rows);
    const SourceRange x = source_range(columns);
    rows.origin = y.first;
    columns.origin = x.first;
    const PixelBox box = {
        .top = y.first, .left = x.first, .height = y.end - y.first, .width = x.end - x.first};
    resizer_.resize(decoder_.decode(box, decoded_), rows, columns, pixels);
  }

  [[nodiscard]] std::unique_ptr<ImageTransform> clone() const override {
    return std::make_unique<EvaluationTransform>(size_, shorter_side_);
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
  ImageDecoder decoder_;
  LegacyBilinear resizer_;
  std::vector<uint8_t> decoded_;
};

}  // namespace

std::unique_ptr<ImageTransform> make_evaluation_transform(int size, double crop_pct) {
  return std::make_unique<EvaluationTransform>(size,
                                               static_cast<int>(std::lround(size / crop_pct)));
}

}  // namespace train_backbone::data
