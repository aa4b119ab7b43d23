#include <memory>
#include <string>

#include "data/image/planned_transform.h"
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
  TrainingPlanner(Augmentation augmentation, int size) : augmentation_(augmentation), size_(size) {}

  [[nodiscard]] PictureView plan(const ImageHeader& header, core::SampleRng& rng) const override {
    const PixelBox box = augmentation_.box
                             ? sample_box(header.height, header.width, rng)
                             : PixelBox{.height = header.height, .width = header.width};
    const bool flip = augmentation_.flip && rng.uniform() < 0.5F;
    return {.box = box,
            .rows = {.source = box.height, .target = size_, .count = size_},
            .columns = {.source = box.width, .target = size_, .count = size_, .mirrored = flip}};
  }

 private:
  Augmentation augmentation_;
  int size_;
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
  return std::make_unique<PlannedTransform>(std::make_shared<TrainingPlanner>(augmentation, size),
                                            JpegStyle{}, Resampling::kLegacyBilinear);
}

}  // namespace train_backbone::data
