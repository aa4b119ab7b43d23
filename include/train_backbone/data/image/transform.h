#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include "train_backbone/core/rng.h"

namespace train_backbone::data {

// Turns one encoded picture into the pixels of one sample. Stateless apart from scratch memory:
// each worker thread has its own (clone()).
class ImageTransform {
 public:
  virtual ~ImageTransform() = default;
  // Writes uint8 [size, size, 3] to `pixels`. All randomness comes from `rng`.
  // Throws ImageError.
  virtual void apply(std::span<const uint8_t> encoded, core::SampleRng& rng,
                     std::span<uint8_t> pixels) = 0;
  [[nodiscard]] virtual std::unique_ptr<ImageTransform> clone() const = 0;
};

// `augment`:
//   original  sampled box (area 0.05..1, aspect 3/4..4/3, 100 tries), flip, legacy bilinear resize
//   flip      the whole picture resized to size x size, flipped half the time
//   none      the whole picture resized to size x size
// The flip comes before the resize, as in the original (legacy bilinear is not mirror symmetric).
std::unique_ptr<ImageTransform> make_training_transform(std::string_view augment, int size);

// Shorter side resized to size / crop_pct (0.875 in the original: 256 for 224), then the central
// size x size. 0 < crop_pct <= 1.
std::unique_ptr<ImageTransform> make_evaluation_transform(int size, double crop_pct);

}  // namespace train_backbone::data
