#pragma once

#include <array>
#include <string_view>

#include "models/block_kind.h"

namespace train_backbone::models {

// What makes one ResNet differ from another. He et al. 2015; V1b has the stride in the 3x3
// convolution; V1c and V1d are ResNet-C and ResNet-D of He et al. 2018, "Bag of Tricks".
struct ResNetSpec {
  std::string_view name;
  BlockKind block = BlockKind::kBottleneck;
  std::array<int, 4> depths{};    // blocks per stage
  bool deep_stem = false;         // three 3x3 convolutions (32, 32, 64) instead of one 7x7
  bool average_shortcut = false;  // strided shortcuts average 2x2 before their 1x1 convolution
};

inline constexpr std::array<int, 4> kDepths18{2, 2, 2, 2};
inline constexpr std::array<int, 4> kDepths34{3, 4, 6, 3};  // and ResNet-50
inline constexpr std::array<int, 4> kDepths101{3, 4, 23, 3};

inline constexpr std::array kResNets{
    ResNetSpec{"resnet18v1_b", BlockKind::kBasic, kDepths18, false, false},
    ResNetSpec{"resnet18v1_c", BlockKind::kBasic, kDepths18, true, false},
    ResNetSpec{"resnet18v1_d", BlockKind::kBasic, kDepths18, true, true},
    ResNetSpec{"resnet34v1_b", BlockKind::kBasic, kDepths34, false, false},
    ResNetSpec{"resnet34v1_c", BlockKind::kBasic, kDepths34, true, false},
    ResNetSpec{"resnet34v1_d", BlockKind::kBasic, kDepths34, true, true},
    ResNetSpec{"resnet50v1_b", BlockKind::kBottleneck, kDepths34, false, false},
    ResNetSpec{"resnet50v1_c", BlockKind::kBottleneck, kDepths34, true, false},
    ResNetSpec{"resnet50v1_d", BlockKind::kBottleneck, kDepths34, true, true},
    ResNetSpec{"resnet101v1_b", BlockKind::kBottleneck, kDepths101, false, false},
    ResNetSpec{"resnet101v1_c", BlockKind::kBottleneck, kDepths101, true, false},
    ResNetSpec{"resnet101v1_d", BlockKind::kBottleneck, kDepths101, true, true},
};

}  // namespace train_backbone::models
