#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include "train_backbone/core/rng.h"
#include "train_backbone/data/image/semantics.h"

namespace train_backbone::data {

// Where the seconds of transforming pictures went, summed; those of the calling thread alone.
struct TransformSeconds {
  double entropy = 0;  // header and entropy decoding down to the last row that is needed
  double pixels = 0;   // the rest of decoding: inverse transform, chroma, colours
  double resize = 0;
};

// Turns one encoded picture into the pixels of one sample. Stateless apart from scratch memory:
// each worker thread has its own (clone()).
class ImageTransform {
 public:
  virtual ~ImageTransform() = default;
  // Writes uint8 [size, size, 3] to `pixels`, which has exactly that many bytes. All randomness
  // comes from `rng`; the result depends on nothing but picture, rng and settings.
  // Throws ImageError.
  virtual void apply(std::span<const uint8_t> encoded, core::SampleRng& rng,
                     std::span<uint8_t> pixels) = 0;
  // As apply(), and adds to `seconds`. Entropy decoding runs twice, to tell it from the rest.
  virtual void measure(std::span<const uint8_t> encoded, core::SampleRng& rng,
                       std::span<uint8_t> pixels, TransformSeconds& seconds) = 0;
  [[nodiscard]] virtual std::unique_ptr<ImageTransform> clone() const = 0;
};

// `augment`:
//   original  a random box of the picture, resized, flipped half the time; the box as `semantics`
//             says (tf: area 0.05..1, aspect 0.75..1.33 as the original writes 3/4..4/3, 100 tries)
//   flip      the whole picture resized to size x size, flipped half the time
//   none      the whole picture resized to size x size
// The flip comes before the resize in tf and tf_exact, as in the original (legacy bilinear is not
// mirror symmetric), and after it in torchvision.
// Only the rows and columns of the box are decoded: damage below the box stays unseen, except that
// a JPEG without its end marker is always an error. Throws core::UsageError for other names.
std::unique_ptr<ImageTransform> make_training_transform(
    std::string_view augment, int size, AugmentSemantics semantics = AugmentSemantics::kTf);

// Shorter side resized to size / crop_pct (0.875 in the original: 256 for 224), the other side by
// the same ratio, cut to whole pixels; then the central size x size. 0 < crop_pct <= 1. Draws
// nothing from the rng.
//   tf, tf_exact  ratio in float32, legacy bilinear, offset (n - size) / 2 cut
//   torchvision   shorter side exact, antialias, offset (n - size) / 2 rounded half to even
std::unique_ptr<ImageTransform> make_evaluation_transform(
    int size, double crop_pct, AugmentSemantics semantics = AugmentSemantics::kTf);

}  // namespace train_backbone::data
