#include <memory>
#include <string>

#include "data/image/planned_transform.h"
#include "data/image/resized_crop.h"
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

class TrainingPlanner final : public ViewPlanner {
 public:
  TrainingPlanner(Augmentation augmentation, int size, AugmentSemantics semantics)
      : augmentation_(augmentation), size_(size), semantics_(semantics) {}

  [[nodiscard]] PictureView plan(const ImageHeader& header, core::SampleRng& rng) const override {
    const PixelBox box = augmentation_.box
                             ? draw_box(header, rng)
                             : PixelBox{.height = header.height, .width = header.width};
    const bool flip = augmentation_.flip && rng.uniform() < 0.5F;
    return {.box = box,
            .rows = {.source = box.height, .target = size_, .count = size_},
            .columns = {.source = box.width, .target = size_, .count = size_, .mirrored = flip}};
  }

 private:
  [[nodiscard]] PixelBox draw_box(const ImageHeader& header, core::SampleRng& rng) const {
    return semantics_ == AugmentSemantics::kTorchvision
               ? sample_resized_crop(header.height, header.width, rng)
               : sample_box(header.height, header.width, rng);
  }

  Augmentation augmentation_;
  int size_;
  AugmentSemantics semantics_;
};

Augmentation parse_augmentation(std::string_view augment) {
  const std::string name = core::fold_name(augment);
  if (name == "original") return {.box = true, .flip = true};
  if (name == "flip") return {.flip = true};
  if (name == "none") return {};
  throw core::UsageError(
      core::unknown_name_message("augmentation", augment, {"original", "flip", "none"}));
}

}  // namespace

std::unique_ptr<ImageTransform> make_training_transform(std::string_view augment, int size,
                                                        AugmentSemantics semantics) {
  const bool exact = semantics == AugmentSemantics::kTfExact;
  return std::make_unique<PlannedTransform>(
      std::make_shared<TrainingPlanner>(parse_augmentation(augment), size, semantics),
      JpegStyle{.fast_transform = exact, .hard_crop = exact},
      semantics == AugmentSemantics::kTorchvision ? Resampling::kAntialiasedBilinear
                                                  : Resampling::kLegacyBilinear);
}

}  // namespace train_backbone::data
