#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "models/layers.h"
#include "models/resnet_table.h"

namespace train_backbone::models {

struct BlockShape {
  BlockKind kind = BlockKind::kBottleneck;
  int64_t in = 0;
  int64_t width = 0;  // channels of the 3x3 convolution
  int64_t stride = 1;
  bool average_shortcut = false;

  [[nodiscard]] int64_t out() const { return kind == BlockKind::kBottleneck ? 4 * width : width; }
};

// The 1x1 convolution that a shortcut needs when the block changes the shape. With averaging it is
// named one higher, as the pooling takes index 0, also where the stride is 1 and nothing is pooled.
class Shortcut : public torch::nn::Module {
 public:
  explicit Shortcut(const BlockShape& shape);
  at::Tensor forward(const at::Tensor& input);
  int64_t multiply_adds(Extent extent) const;

 private:
  bool pool_;
  std::shared_ptr<Convolution> convolution_;
  std::shared_ptr<BatchNorm> norm_;
};

// relu(branch(x) + shortcut(x)); names conv1, bn1, conv2, bn2, (conv3, bn3,) downsample.
class ResidualBlock : public torch::nn::Module {
 public:
  explicit ResidualBlock(const BlockShape& shape);
  at::Tensor forward(const at::Tensor& input);
  // Multiply-adds for one picture of `extent`, which becomes the extent of the output.
  int64_t multiply_adds(Extent& extent) const;
  [[nodiscard]] const BatchNorm& last_norm() const { return *norms_.back(); }

 private:
  std::vector<std::shared_ptr<Convolution>> convolutions_;
  std::vector<std::shared_ptr<BatchNorm>> norms_;
  std::shared_ptr<Shortcut> shortcut_;  // none where the input passes unchanged
};

}  // namespace train_backbone::models
