#include "models/hrnet.h"

#include <ATen/ops/add.h>

#include <string>

#include "models/residual_block.h"

namespace train_backbone::models {
namespace {

constexpr int64_t kStemChannels = 64;
constexpr int kFirstStageBlocks = 4;
constexpr std::array<int, 3> kModules{1, 4, 3};                  // of stages 2, 3, 4
constexpr std::array<int64_t, 4> kHeadWidths{32, 64, 128, 256};  // of every HRNet
constexpr int64_t kExpansion = 4;
constexpr int64_t kFinalChannels = 2048;

std::shared_ptr<ResidualBlock> make_bottleneck(int64_t in, int64_t width) {
  return std::make_shared<ResidualBlock>(BlockShape{.kind = BlockKind::kBottleneck,
                                                    .in = in,
                                                    .width = width,
                                                    .last_scale = BatchNorm::Start::kOne});
}

}  // namespace

HRNet::HRNet(const HRNetSpec& spec, int64_t num_classes, const HighResolutionStyle& style)
    : width_(spec.width), style_(style) {
  make_stem();
  make_stages();
  make_head(num_classes);
}

void HRNet::make_stem() {
  int64_t in = 3;
  for (const std::string index : {"1", "2"}) {
    const ConvolutionShape shape{
        .in = in, .out = kStemChannels, .kernel = 3, .stride = 2, .padding = style_.padding};
    stem_.push_back(register_module("conv" + index, std::make_shared<Convolution>(shape)));
    stem_norms_.push_back(
        register_module("bn" + index, std::make_shared<BatchNorm>(kStemChannels)));
    in = kStemChannels;
  }
  layer1_ = register_module("layer1", std::make_shared<Chain>());
  for (int i = 0; i < kFirstStageBlocks; ++i) {
    layer1_->add(make_bottleneck(in, kStemChannels));
    in = kExpansion * kStemChannels;
  }
}

std::vector<int64_t> HRNet::branch_channels(size_t branches) const {
  std::vector<int64_t> channels(branches);
  for (size_t i = 0; i < branches; ++i) channels[i] = width_ << i;
  return channels;
}

std::shared_ptr<torch::nn::Module> HRNet::make_transitions(Stage& stage,
                                                           std::vector<int64_t> before,
                                                           size_t branches) const {
  auto module = std::make_shared<torch::nn::Module>();
  const std::vector<int64_t> channels = branch_channels(branches);
  for (size_t i = 0; i < branches; ++i) {
    auto& transition = stage.transitions.emplace_back();
    if (i >= before.size()) {
      // A new branch, from the coarsest one there is.
      auto down = std::make_shared<Chain>();
      down->add(make_conv3x3(before.back(), channels[i], 2, style_.padding));
      transition = down;
    } else if (before[i] != channels[i]) {
      transition = make_conv3x3(before[i], channels[i], 1, style_.padding);
    } else {
      continue;
    }
    module->register_module(std::to_string(i), transition);
  }
  return module;
}

void HRNet::make_stages() {
  std::vector<int64_t> channels{kExpansion * kStemChannels};
  for (size_t i = 0; i < kModules.size(); ++i) {
    Stage& stage = stages_.emplace_back();
    const size_t branches = i + 2;
    register_module("transition" + std::to_string(i + 1),
                    make_transitions(stage, channels, branches));
    channels = branch_channels(branches);
    const auto modules =
        register_module("stage" + std::to_string(i + 2), std::make_shared<torch::nn::Module>());
    for (int m = 0; m < kModules[i]; ++m) {
      stage.modules.push_back(modules->register_module(
          std::to_string(m), std::make_shared<HighResolutionModule>(channels, style_)));
    }
  }
}

void HRNet::make_head(int64_t num_classes) {
  const std::vector<int64_t> channels = branch_channels(kHeadWidths.size());
  const auto widen = register_module("incre_modules", std::make_shared<torch::nn::Module>());
  const auto down = register_module("downsamp_modules", std::make_shared<torch::nn::Module>());
  for (size_t i = 0; i < channels.size(); ++i) {
    auto chain = std::make_shared<Chain>();
    chain->add(make_bottleneck(channels[i], kHeadWidths[i]));
    widen_.push_back(widen->register_module(std::to_string(i), chain));
    if (i + 1 == channels.size()) break;
    const ConvolutionShape shape{.in = kExpansion * kHeadWidths[i],
                                 .out = kExpansion * kHeadWidths[i + 1],
                                 .kernel = 3,
                                 .stride = 2,
                                 .padding = style_.padding,
                                 .bias = true};
    down_.push_back(down->register_module(std::to_string(i),
                                          std::make_shared<ConvNorm>(shape, ConvNorm::Style{})));
  }
  const ConvolutionShape last{
      .in = kExpansion * kHeadWidths.back(), .out = kFinalChannels, .bias = true};
  final_layer_ =
      register_module("final_layer", std::make_shared<ConvNorm>(last, ConvNorm::Style{}));
  dense_ = register_module("classifier", std::make_shared<Dense>(kFinalChannels, num_classes));
}

std::vector<at::Tensor> HRNet::features(const at::Tensor& images) {
  at::Tensor x = images;
  for (size_t i = 0; i < stem_.size(); ++i) {
    x = stem_norms_[i]->forward(stem_[i]->forward(x), {.slope = 0});
  }
  std::vector<at::Tensor> branches{layer1_->forward(x)};
  for (const Stage& stage : stages_) {
    const at::Tensor coarsest = branches.back();
    std::vector<at::Tensor> inputs;
    for (size_t i = 0; i < stage.transitions.size(); ++i) {
      const at::Tensor& source = i < branches.size() ? branches[i] : coarsest;
      inputs.push_back(stage.transitions[i] ? stage.transitions[i]->forward(source) : source);
    }
    branches = std::move(inputs);
    for (const auto& module : stage.modules) branches = module->forward(branches);
  }
  return branches;
}

at::Tensor HRNet::forward(const at::Tensor& images) {
  const std::vector<at::Tensor> branches = features(images);
  at::Tensor x = widen_[0]->forward(branches[0]);
  for (size_t i = 1; i < branches.size(); ++i) {
    x = at::add(widen_[i]->forward(branches[i]), down_[i - 1]->forward(x));
  }
  return dense_->forward(final_layer_->forward(x).mean({2, 3}));
}

std::vector<FeatureMap> HRNet::feature_maps() const {
  std::vector<FeatureMap> maps;
  for (const int64_t channels : branch_channels(kHeadWidths.size())) {
    const size_t i = maps.size();
    maps.push_back(
        {.level = static_cast<int>(i) + 2, .stride = int64_t{4} << i, .channels = channels});
  }
  return maps;
}

std::vector<NetworkPart> HRNet::parts() const {
  std::vector<NetworkPart> parts{{.name = "stem", .modules = {"conv1", "bn1", "conv2", "bn2"}}};
  const auto add = [&](const std::string& name) {
    parts.push_back({.name = name, .modules = {name}});
  };
  add("layer1");
  for (size_t i = 1; i <= stages_.size(); ++i) {
    add("transition" + std::to_string(i));
    add("stage" + std::to_string(i + 1));
  }
  for (const char* name : {"incre_modules", "downsamp_modules", "final_layer"}) add(name);
  parts.push_back({.name = "head", .modules = {"classifier"}});
  return parts;
}

StepWork HRNet::step_work(MapShape picture) const {
  StepWork work;
  MapShape map = picture;
  for (size_t i = 0; i < stem_.size(); ++i) {
    stem_[i]->count(map, work);
    stem_norms_[i]->count(map, work);
  }
  layer1_->count(map, work);
  std::vector<MapShape> maps{map};
  for (const Stage& stage : stages_) {
    const MapShape coarsest = maps.back();
    for (size_t i = 0; i < stage.transitions.size(); ++i) {
      if (i >= maps.size()) maps.push_back(coarsest);
      if (stage.transitions[i]) stage.transitions[i]->count(maps[i], work);
    }
    for (const auto& module : stage.modules) module->count(maps, work);
  }
  count_head(maps, work);
  return work;
}

void HRNet::count_head(std::vector<MapShape> maps, StepWork& work) const {
  for (size_t i = 0; i < maps.size(); ++i) {
    widen_[i]->count(maps[i], work);
    // The pass that widens the map could add the one from above, which it would have to read.
    if (i > 0) work.add_other(maps[i].elements());
    MapShape source = maps[i];
    if (i < down_.size()) down_[i]->count(source, work);
  }
  final_layer_->count(maps.back(), work);
  dense_->count_with_mean(maps.back(), work);
}

}  // namespace train_backbone::models
