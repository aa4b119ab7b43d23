#include "models/resnet.h"

#include <array>
#include <string>

namespace train_backbone::models {
namespace {

// Three 3x3 convolutions to half the extent in place of one 7x7. Names 0, 1, 3, 4, 6 as in a torch
// sequence, whose indices 2 and 5 are activations.
class DeepStem : public Layer {
 public:
  DeepStem(const std::array<int64_t, 3>& channels, Padding padding) {
    int64_t in = 3;
    for (size_t i = 0; i < channels.size(); ++i) {
      const ConvolutionShape shape{
          .in = in, .out = channels[i], .kernel = 3, .stride = i == 0 ? 2 : 1, .padding = padding};
      convolutions_.push_back(
          register_module(std::to_string(3 * i), std::make_shared<Convolution>(shape)));
      in = channels[i];
      if (i + 1 == channels.size()) break;
      norms_.push_back(register_module(std::to_string(3 * i + 1), std::make_shared<BatchNorm>(in)));
    }
  }

  at::Tensor forward(const at::Tensor& images) override {
    at::Tensor x = images;
    for (size_t i = 0; i < norms_.size(); ++i) {
      x = norms_[i]->forward(convolutions_[i]->forward(x), {.slope = 0});
    }
    return convolutions_.back()->forward(x);
  }

  void count(MapShape& map, StepWork& work) const override {
    for (size_t i = 0; i < convolutions_.size(); ++i) {
      convolutions_[i]->count(map, work);
      if (i < norms_.size()) norms_[i]->count(map, work);
    }
  }

 private:
  std::vector<std::shared_ptr<Convolution>> convolutions_;
  std::vector<std::shared_ptr<BatchNorm>> norms_;
};

constexpr std::array<int64_t, 3> kDeepChannels{32, 32, 64};
constexpr std::array<int64_t, 3> kOriginalDeepChannels{64, 64, 128};
constexpr int64_t kPlainChannels = 64;

}  // namespace

ResNet::ResNet(const ResNetSpec& spec, int64_t num_classes, bool original)
    : padding_(original ? Padding::kSame : Padding::kTorch) {
  int64_t channels = kPlainChannels;
  if (spec.deep_stem) {
    const auto& widths = original ? kOriginalDeepChannels : kDeepChannels;
    stem_ = register_module("conv1", std::make_shared<DeepStem>(widths, padding_));
    channels = widths.back();
  } else {
    // Padded by three on all sides in the original, too.
    stem_ = register_module("conv1", std::make_shared<Convolution>(ConvolutionShape{
                                         .in = 3, .out = channels, .kernel = 7, .stride = 2}));
  }
  norm_ = register_module("bn1", std::make_shared<BatchNorm>(channels));
  make_stages(spec, channels, original);
  dense_ = register_module("fc", std::make_shared<Dense>(stage_channels_.back(), num_classes));
}

void ResNet::make_stages(const ResNetSpec& spec, int64_t channels, bool original) {
  for (size_t stage = 0; stage < spec.depths.size(); ++stage) {
    const auto& chain = stages_.emplace_back(
        register_module("layer" + std::to_string(stage + 1), std::make_shared<Chain>()));
    for (int i = 0; i < spec.depths[stage]; ++i) {
      const BlockShape shape{.kind = spec.block,
                             .in = channels,
                             .width = int64_t{64} << stage,
                             .stride = stage > 0 && i == 0 ? 2 : 1,
                             .average_shortcut = spec.average_shortcut && !original,
                             .padding = padding_};
      chain->add(std::make_shared<ResidualBlock>(shape));
      channels = shape.out();
    }
    stage_channels_.push_back(channels);
  }
}

at::Tensor ResNet::stem_output(const at::Tensor& images) {
  const at::Tensor x = norm_->forward(stem_->forward(images), {.slope = 0});
  return max_pool_by_two(x, padding_);  // [N, 64, H/4, W/4]
}

at::Tensor ResNet::forward(const at::Tensor& images) {
  return dense_->forward(features(images).back().mean({2, 3}));
}

std::vector<at::Tensor> ResNet::features(const at::Tensor& images) {
  std::vector<at::Tensor> maps;
  at::Tensor x = stem_output(images);
  for (const auto& stage : stages_) maps.push_back(x = stage->forward(x));
  return maps;
}

std::vector<FeatureMap> ResNet::feature_maps() const {
  std::vector<FeatureMap> maps;
  for (size_t i = 0; i < stages_.size(); ++i) {
    maps.push_back({.level = static_cast<int>(i) + 2,
                    .stride = int64_t{4} << i,
                    .channels = stage_channels_[i]});
  }
  return maps;
}

std::vector<NetworkPart> ResNet::parts() const {
  std::vector<NetworkPart> parts{{.name = "stem", .modules = {"conv1", "bn1"}}};
  for (size_t i = 1; i <= stages_.size(); ++i) {
    const std::string name = "layer" + std::to_string(i);
    parts.push_back({.name = name, .modules = {name}});
  }
  parts.push_back({.name = "head", .modules = {"fc"}});
  return parts;
}

StepWork ResNet::step_work(MapShape picture) const {
  StepWork work;
  MapShape map = picture;
  stem_->count(map, work);
  norm_->count(map, work);
  const MapShape pooled = halved(map);
  work.add_pooling(map.elements(), pooled.elements());
  map = pooled;
  for (const auto& stage : stages_) stage->count(map, work);
  dense_->count_with_mean(map, work);
  return work;
}

}  // namespace train_backbone::models
