#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "models/high_resolution_module.h"
#include "models/hrnet_table.h"
#include "models/layers.h"

namespace train_backbone::models {

// HRNet-W-C with the names of the authors and of timm: conv1, bn1, conv2, bn2, layer1,
// transition1..3, stage2..4, incre_modules, downsamp_modules, final_layer, classifier.
// Pictures need sides that are multiples of kSizeMultiple. Weights of convolutions and of the dense
// layer are not set; see init.h.
class HRNet : public Backbone {
 public:
  static constexpr int64_t kSizeMultiple = 32;

  HRNet(const HRNetSpec& spec, int64_t num_classes, const HighResolutionStyle& style);
  at::Tensor forward(const at::Tensor& images) override;
  // The four branches, before the head widens them: what detection's HRFPN reads.
  std::vector<at::Tensor> features(const at::Tensor& images) override;
  [[nodiscard]] std::vector<FeatureMap> feature_maps() const override;
  [[nodiscard]] std::vector<NetworkPart> parts() const override;
  [[nodiscard]] StepWork step_work(MapShape picture) const override;

 private:
  // One stage: the branches it has, made from those before, and its modules.
  struct Stage {
    std::vector<std::shared_ptr<Layer>> transitions;  // none where a branch passes unchanged
    std::vector<std::shared_ptr<HighResolutionModule>> modules;
  };

  void make_stem();
  void make_stages();
  void make_head(int64_t num_classes);
  std::shared_ptr<torch::nn::Module> make_transitions(Stage& stage, std::vector<int64_t> before,
                                                      size_t branches) const;
  [[nodiscard]] std::vector<int64_t> branch_channels(size_t branches) const;
  void count_head(std::vector<MapShape> maps, StepWork& work) const;

  int64_t width_;
  HighResolutionStyle style_;
  std::vector<std::shared_ptr<Convolution>> stem_;
  std::vector<std::shared_ptr<BatchNorm>> stem_norms_;
  std::shared_ptr<Chain> layer1_;
  std::vector<Stage> stages_;
  std::vector<std::shared_ptr<Layer>> widen_;
  std::vector<std::shared_ptr<Layer>> down_;
  std::shared_ptr<Layer> final_layer_;
  std::shared_ptr<Dense> dense_;
};

}  // namespace train_backbone::models
