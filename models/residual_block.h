#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "models/block_kind.h"
#include "models/layers.h"

namespace train_backbone::models {

struct BlockShape {
  BlockKind kind = BlockKind::kBottleneck;
  int64_t in = 0;
  int64_t width = 0;  // channels of the 3x3 convolution
  int64_t stride = 1;
  bool average_shortcut = false;
  Padding padding = Padding::kTorch;
  BatchNorm::Start last_scale = BatchNorm::Start::kZero;

  [[nodiscard]] int64_t out() const { return kind == BlockKind::kBottleneck ? 4 * width : width; }
};

// The 1x1 convolution that a shortcut needs when the block changes the shape. With averaging it is
// named one higher, as the pooling takes index 0, also where the stride is 1 and nothing is pooled.
class Shortcut : public Layer {
 public:
  explicit Shortcut(const BlockShape& shape);
  at::Tensor forward(const at::Tensor& input) override;
  void count(MapShape& map, StepWork& work) const override;

 private:
  bool pool_;
  std::shared_ptr<Convolution> convolution_;
  std::shared_ptr<BatchNorm> norm_;
};

// relu(branch(x) + shortcut(x)); names conv1, bn1, conv2, bn2, (conv3, bn3,) downsample.
class ResidualBlock : public Layer {
 public:
  explicit ResidualBlock(const BlockShape& shape);
  at::Tensor forward(const at::Tensor& input) override;
  void count(MapShape& map, StepWork& work) const override;

 private:
  std::vector<std::shared_ptr<Convolution>> convolutions_;
  std::vector<std::shared_ptr<BatchNorm>> norms_;
  std::shared_ptr<Shortcut> shortcut_;  // none where the input passes unchanged
};

}  // namespace train_backbone::models
