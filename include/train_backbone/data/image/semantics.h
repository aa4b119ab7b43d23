#pragma once

#include <string_view>

namespace train_backbone::data {

// Whose decoding, boxes and resizing a sample follows. What differs:
//   tf           The original's (TensorFlow 1) formulas: boxes as SampleDistortedBoundingBoxV2
//   draws
//                them (aspect linear, height uniform, the last offset never drawn), flip before a
//                legacy bilinear resize without antialias. Decoding is exact: ISLOW, and a box
//                equals that part of a whole decode.
//   tf_exact     As tf, and decoded with TensorFlow's flags: IFAST, and in training cropped at the
//                box itself, so that chroma near its left and right edge is upsampled as if the
//                picture ended there. For comparing with TensorFlow's pixels; less exact, not
//                faster.
//   torchvision  RandomResizedCrop's boxes (10 tries, area 0.08..1, aspect log-uniform in 3/4..4/3,
//                every offset, else a central crop), bilinear resize with antialias in Pillow's
//                8-bit arithmetic, flip afterwards; evaluation is Resize (shorter side) and
//                CenterCrop. Decoding as tf.
enum class AugmentSemantics { kTf, kTfExact, kTorchvision };

// "tf", "tf_exact" or "torchvision"; ignores case, '_' and '-'. Throws core::UsageError for others.
AugmentSemantics parse_augment_semantics(std::string_view name);

}  // namespace train_backbone::data
