#pragma once

#include <array>
#include <span>
#include <string_view>

#include "models/key_pattern.h"
#include "train_backbone/models/key_map.h"

// The names as data. Of a table's rows the first that fits a key rules; a key that none fits has no
// counterpart.
namespace train_backbone::models {

inline constexpr NormLeaves kKerasLeaves{"gamma:0", "beta:0", "moving_mean:0", "moving_variance:0"};
inline constexpr NormLeaves kDarknetLeaves{"scales", "biases", "rolling_mean", "rolling_variance"};

struct KeyRow {
  enum class Needs { kNothing, kPlainStem, kDeepStem, kPlainShortcut, kPooledShortcut };
  std::string_view own;      // patterns of key_pattern.h with the same placeholders
  std::string_view foreign;  // empty: has no such tensor
  Needs needs = Needs::kNothing;
};

inline constexpr std::array kSameRows{KeyRow{"*", "*"}};

// mmdet's backbones: no head. The deep stem is a plain sequence.
inline constexpr std::array kMmdetResNetRows{
    KeyRow{"fc.*", ""},
    KeyRow{"bn1.*", "stem.7.*", KeyRow::Needs::kDeepStem},
    KeyRow{"conv1.0.*", "stem.0.*", KeyRow::Needs::kDeepStem},
    KeyRow{"conv1.1.*", "stem.1.*", KeyRow::Needs::kDeepStem},
    KeyRow{"conv1.3.*", "stem.3.*", KeyRow::Needs::kDeepStem},
    KeyRow{"conv1.4.*", "stem.4.*", KeyRow::Needs::kDeepStem},
    KeyRow{"conv1.6.*", "stem.6.*", KeyRow::Needs::kDeepStem},
    KeyRow{"*", "*"},
};

// mmpretrain's classifiers. The deep stem is made of its ConvModules; a shortcut that is not
// strided has no pooling in front, so that its indices begin at 0.
inline constexpr std::array kMmpretrainResNetRows{
    KeyRow{"fc.*", "head.fc.*"},
    KeyRow{"bn1.*", "backbone.stem.2.bn.*", KeyRow::Needs::kDeepStem},
    KeyRow{"conv1.0.*", "backbone.stem.0.conv.*", KeyRow::Needs::kDeepStem},
    KeyRow{"conv1.1.*", "backbone.stem.0.bn.*", KeyRow::Needs::kDeepStem},
    KeyRow{"conv1.3.*", "backbone.stem.1.conv.*", KeyRow::Needs::kDeepStem},
    KeyRow{"conv1.4.*", "backbone.stem.1.bn.*", KeyRow::Needs::kDeepStem},
    KeyRow{"conv1.6.*", "backbone.stem.2.conv.*", KeyRow::Needs::kDeepStem},
    KeyRow{"layer1.0.downsample.1.*", "backbone.layer1.0.downsample.0.*",
           KeyRow::Needs::kPooledShortcut},
    KeyRow{"layer1.0.downsample.2.*", "backbone.layer1.0.downsample.1.*",
           KeyRow::Needs::kPooledShortcut},
    KeyRow{"*", "backbone.*"},
};

// detectron2's backbone with frozen normalisation: no head, no counters of batches.
inline constexpr std::array kDetectron2Rows{
    KeyRow{"conv1.weight", "stem.conv1.weight", KeyRow::Needs::kPlainStem},
    KeyRow{"bn1.%", "stem.conv1.norm.%", KeyRow::Needs::kPlainStem},
    KeyRow{"conv1.0.weight", "stem.conv1.weight", KeyRow::Needs::kDeepStem},
    KeyRow{"conv1.1.%", "stem.conv1.norm.%", KeyRow::Needs::kDeepStem},
    KeyRow{"conv1.3.weight", "stem.conv2.weight", KeyRow::Needs::kDeepStem},
    KeyRow{"conv1.4.%", "stem.conv2.norm.%", KeyRow::Needs::kDeepStem},
    KeyRow{"conv1.6.weight", "stem.conv3.weight", KeyRow::Needs::kDeepStem},
    KeyRow{"bn1.%", "stem.conv3.norm.%", KeyRow::Needs::kDeepStem},
    KeyRow{"layer#.#.conv#.weight", "res^.#.conv#.weight"},
    KeyRow{"layer#.#.bn#.%", "res^.#.conv#.norm.%"},
    KeyRow{"layer#.#.downsample.0.weight", "res^.#.shortcut.weight"},
    KeyRow{"layer#.#.downsample.1.%", "res^.#.shortcut.norm.%"},
};

// aws-samples' ResNets: block numbers count from 1, shortcuts are number 0 of their block.
inline constexpr std::array kKerasRows{
    KeyRow{"conv1.weight", "conv1_conv/kernel:0", KeyRow::Needs::kPlainStem},
    KeyRow{"conv1.0.weight", "conv1_3x3_stem1/kernel:0", KeyRow::Needs::kDeepStem},
    KeyRow{"conv1.1.%", "conv1_3x3_1_bn/%", KeyRow::Needs::kDeepStem},
    KeyRow{"conv1.3.weight", "conv1_3x3_stem2/kernel:0", KeyRow::Needs::kDeepStem},
    KeyRow{"conv1.4.%", "conv1_3x3_2_bn/%", KeyRow::Needs::kDeepStem},
    KeyRow{"conv1.6.weight", "conv1_3x3_stem3/kernel:0", KeyRow::Needs::kDeepStem},
    KeyRow{"bn1.%", "conv1_bn/%"},
    KeyRow{"layer#.#.downsample.0.weight", "conv^_block^_0_conv/kernel:0",
           KeyRow::Needs::kPlainShortcut},
    KeyRow{"layer#.#.downsample.1.%", "conv^_block^_0_bn/%", KeyRow::Needs::kPlainShortcut},
    KeyRow{"layer#.#.downsample.1.weight", "conv^_block^_0_conv/kernel:0",
           KeyRow::Needs::kPooledShortcut},
    KeyRow{"layer#.#.downsample.2.%", "conv^_block^_0_bn/%", KeyRow::Needs::kPooledShortcut},
    KeyRow{"layer#.#.conv#.weight", "conv^_block^_#_conv/kernel:0"},
    KeyRow{"layer#.#.bn#.%", "conv^_block^_#_bn/%"},
    KeyRow{"fc.weight", "logits/kernel:0"},
    KeyRow{"fc.bias", "logits/bias:0"},
};

// mmdet's HRNet ends with the branches.
inline constexpr std::array kMmdetHRNetRows{
    KeyRow{"incre_modules.*", ""},
    KeyRow{"downsamp_modules.*", ""},
    KeyRow{"final_layer.*", ""},
    KeyRow{"classifier.*", ""},
    KeyRow{"*", "*"},
};

// mmpretrain's HRNet: its head, HRFuseScales, has no biases, so that ours does not fit in.
inline constexpr std::array kMmpretrainHRNetRows{
    KeyRow{"incre_modules.*", ""}, KeyRow{"downsamp_modules.*", ""}, KeyRow{"final_layer.*", ""},
    KeyRow{"classifier.*", ""},    KeyRow{"*", "backbone.*"},
};

inline constexpr std::array kMmdetDarkNetRows{
    KeyRow{"stem.conv1.*", "conv1.*"},
    KeyRow{"stages.#.conv_down.*", "conv_res_block^.conv.*"},
    KeyRow{"stages.#.blocks.#.*", "conv_res_block^.res#.*"},
};

// The layers of darknet53.cfg are numbered through, shortcuts too; ours by stage and block.
// key_map.cpp adds the numbers up.
inline constexpr std::array kDarknetRows{
    KeyRow{"stem.conv1.conv.weight", "weights"},
    KeyRow{"stages.#.conv_down.conv.weight", "weights"},
    KeyRow{"stages.#.blocks.#.conv#.conv.weight", "weights"},
    KeyRow{"stem.conv1.bn.%", "%"},
    KeyRow{"stages.#.conv_down.bn.%", "%"},
    KeyRow{"stages.#.blocks.#.conv#.bn.%", "%"},
};

// The table of a naming; empty where it has no network of this family.
inline std::span<const KeyRow> key_rows(KeyTraits::Family family, Naming naming) {
  using Family = KeyTraits::Family;
  if (naming == Naming::kTimm) return kSameRows;
  if (family == Family::kResNet) {
    switch (naming) {
      case Naming::kTorchvision:
        return kSameRows;
      case Naming::kMmdet:
        return kMmdetResNetRows;
      case Naming::kMmpretrain:
        return kMmpretrainResNetRows;
      case Naming::kDetectron2:
        return kDetectron2Rows;
      case Naming::kKeras:
        return kKerasRows;
      default:
        return {};
    }
  }
  if (naming == Naming::kMmdet) {
    if (family == Family::kHRNet) return kMmdetHRNetRows;
    return kMmdetDarkNetRows;
  }
  if (naming == Naming::kMmpretrain && family == Family::kHRNet) return kMmpretrainHRNetRows;
  return {};
}

}  // namespace train_backbone::models
