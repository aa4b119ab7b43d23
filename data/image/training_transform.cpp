#include <string>
#include <vector>

#include "data/image/image_decoder.h"
#include "data/image/legacy_bilinear.h"
#include "data/image/sampled_box.h"
#include "train_backbone/core/errors.h"
#include "train_backbone/core/suggest.h"
#include "train_backbone/data/image/transform.h"

namespace train_backbone::data {
namespace {

struct Augmentation {
  bool box = false;
  bool flip = false;
};

class TrainingTransform final : public ImageTransform {
 public:
  TrainingTransform(Augmentation augmentation, int size)
      : augmentation_(augmentation), size_(size) {}

  void apply(std::span<const uint8_t> encoded, core::SampleRng& rng,
             std::span<uint8_t> pixels) override {
    const ImageHeader header = decoder_.open(encoded);
    const PixelBox box = augmentation_.box
                             ? sample_box(header.height, header.width, rng)
                             : PixelBox{.height = header.height, .width = header.width};
    const bool flip = augmentation_.flip && rng.uniform() < 0.5F;
    const PixelView view = decoder_.decode(box, decoded_);
    const ResizeAxis rows = {.source = box.height, .target = size_, .count = size_};
    const ResizeAxis columns = {
        .source = box.width, .target = size_, .count = size_, .mirrored = flip};
    resizer_.resize(view, rows, columns, pixels);
  }

  [[nodiscard]] std::unique_ptr<ImageTransform> clone() const override {
    return std::make_unique<TrainingTransform>(augmentation_, size_);
  }

 private:
  Augmentation augmentation_;
  int size_;
  ImageDecoder decoder_;
  LegacyBilinear resizer_;
  std::vector<uint8_t> decoded_;
};

}  // namespace

std::unique_ptr<ImageTransform> make_training_transform(std::string_view augment, int size) {
  Augmentation augmentation;
  const std::string name = core::fold_name(augment);
  if (name == "original") {
    augmentation = {.box = true, .flip = true};
  } else if (name == "flip") {
    augmentation = {.flip = true};
  } else if (name != "none") {
    throw core::UsageError(
        core::unknown_name_message("augmentation", augment, {"original", "flip", "none"}));
  }
  return std::make_unique<TrainingTransform>(augmentation, size);
}

}  // namespace train_backbone::data
