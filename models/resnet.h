#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "models/residual_block.h"
#include "models/resnet_table.h"
#include "train_backbone/models/classifier.h"

namespace train_backbone::models {

// Three 3x3 convolutions to half the extent and 64 channels, in place of one 7x7. Names 0, 1, 3, 4,
// 6 as in a torch sequence, whose indices 2 and 5 are activations.
class DeepStem : public torch::nn::Module {
 public:
  DeepStem();
  at::Tensor forward(const at::Tensor& images);
  int64_t multiply_adds(Extent& extent) const;

 private:
  std::vector<std::shared_ptr<Convolution>> convolutions_;
  std::vector<std::shared_ptr<BatchNorm>> norms_;
};

// ResNet V1b, V1c, V1d with timm's names: conv1, bn1, layer1..layer4, fc.
// Convolution and dense weights are not set; see init.h.
class ResNet : public Classifier {
 public:
  ResNet(const ResNetSpec& spec, int64_t num_classes);
  at::Tensor forward(const at::Tensor& images) override;
  // Convolutions and dense layer, one picture of `extent`.
  int64_t multiply_adds(Extent extent) const;
  [[nodiscard]] const Dense& classifier() const { return *dense_; }

 private:
  void make_stages(const ResNetSpec& spec);

  std::shared_ptr<Convolution> plain_stem_;  // one of the two stems
  std::shared_ptr<DeepStem> deep_stem_;
  std::shared_ptr<BatchNorm> norm_;
  std::vector<std::shared_ptr<ResidualBlock>> blocks_;
  std::shared_ptr<Dense> dense_;
};

}  // namespace train_backbone::models
