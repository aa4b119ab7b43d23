#pragma once

#include <memory>
#include <vector>

#include "models/darknet_table.h"
#include "models/layers.h"

namespace train_backbone::models {

// DarkNet with timm's names: stem.conv1, stages.0..4, head.fc. Every convolution is followed by
// batch normalisation and LeakyReLU, before the addition of a block, none after it.
// Convolution and dense weights are not set; see init.h.
class DarkNet : public Backbone {
 public:
  struct Style {
    double slope = 0.1;     // of the LeakyReLU
    bool original = false;  // no stem (the first stage reads the picture) and "SAME" padding
  };
  DarkNet(const DarkNetSpec& spec, int64_t num_classes, const Style& style);
  at::Tensor forward(const at::Tensor& images) override;
  std::vector<at::Tensor> features(const at::Tensor& images) override;
  [[nodiscard]] std::vector<FeatureMap> feature_maps() const override;
  [[nodiscard]] std::vector<NetworkPart> parts() const override;
  [[nodiscard]] StepWork step_work(MapShape picture) const override;

 private:
  std::shared_ptr<Chain> stem_;  // empty in the original's network
  std::vector<std::shared_ptr<Layer>> stages_;
  std::shared_ptr<Dense> dense_;
};

}  // namespace train_backbone::models
