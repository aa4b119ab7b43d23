#pragma once

namespace train_backbone::models {

enum class BlockKind {
  kBasic,       // 3x3, 3x3
  kBottleneck,  // 1x1, 3x3, 1x1 to four times the width
};

}  // namespace train_backbone::models
