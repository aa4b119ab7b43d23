#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "models/residual_block.h"
#include "models/resnet_table.h"

namespace train_backbone::models {

// ResNet V1b, V1c, V1d with timm's names: conv1, bn1, layer1..layer4, fc.
// Convolution and dense weights are not set; see init.h.
class ResNet : public Backbone {
 public:
  // `original`: "SAME" padding, a deep stem of 64, 64 and 128 channels, and V1d's shortcuts those
  // of V1c, since the original averages over windows of one.
  ResNet(const ResNetSpec& spec, int64_t num_classes, bool original);
  at::Tensor forward(const at::Tensor& images) override;
  std::vector<at::Tensor> features(const at::Tensor& images) override;
  [[nodiscard]] std::vector<FeatureMap> feature_maps() const override;
  [[nodiscard]] std::vector<NetworkPart> parts() const override;
  [[nodiscard]] StepWork step_work(MapShape picture) const override;

 private:
  void make_stages(const ResNetSpec& spec, int64_t channels, bool original);
  at::Tensor stem_output(const at::Tensor& images);

  Padding padding_;
  std::shared_ptr<Layer> stem_;
  std::shared_ptr<BatchNorm> norm_;
  std::vector<std::shared_ptr<Chain>> stages_;
  std::vector<int64_t> stage_channels_;
  std::shared_ptr<Dense> dense_;
};

}  // namespace train_backbone::models
