#include "models/darknet.h"

#include <ATen/ops/add.h>

#include <string>

#include "models/conv_norm.h"

namespace train_backbone::models {
namespace {

constexpr int64_t kStemChannels = 32;
constexpr size_t kFirstFeatureStage = 1;  // the first stage's map has stride 2

int64_t stage_channels(size_t stage) { return int64_t{64} << stage; }

ConvNorm::Style leaky(double slope, BatchNorm::Start scale = BatchNorm::Start::kOne) {
  return {.convolution_name = "conv",
          .norm_name = "bn",
          .activation = Activation::kLeakyRelu,
          .slope = slope,
          .scale = scale};
}

// x + branch(x): 1x1 to half the channels, 3x3 back.
class DarkBlock : public Layer {
 public:
  DarkBlock(int64_t channels, double slope)
      : narrow_(register_module(
            "conv1", std::make_shared<ConvNorm>(
                         ConvolutionShape{.in = channels, .out = channels / 2}, leaky(slope)))),
        wide_(register_module(
            "conv2", std::make_shared<ConvNorm>(
                         ConvolutionShape{.in = channels / 2, .out = channels, .kernel = 3},
                         leaky(slope, BatchNorm::Start::kZero)))) {}

  at::Tensor forward(const at::Tensor& input) override {
    const Convolution::Forked forked = narrow_->fork(input);
    // Not in place: LeakyReLU's backward reads its result.
    return at::add(forked.input, wide_->forward(forked.output));
  }
  void count(MapShape& map, StepWork& work) const override {
    narrow_->count(map, work);
    wide_->count(map, work);
    // The pass that writes the branch could add the input, which it would have to read. The
    // gradient of the sum is that of both.
    work.add_other(map.elements());
  }

 private:
  std::shared_ptr<ConvNorm> narrow_;
  std::shared_ptr<ConvNorm> wide_;
};

std::shared_ptr<Chain> make_blocks(int count, int64_t channels, double slope) {
  auto blocks = std::make_shared<Chain>();
  for (int i = 0; i < count; ++i) blocks->add(std::make_shared<DarkBlock>(channels, slope));
  return blocks;
}

}  // namespace

DarkNet::DarkNet(const DarkNetSpec& spec, int64_t num_classes, const Style& style)
    : stem_(std::make_shared<Chain>()) {
  int64_t channels = 3;
  if (!style.original) {
    const ConvolutionShape shape{.in = channels, .out = kStemChannels, .kernel = 3};
    stem_->add("conv1", std::make_shared<ConvNorm>(shape, leaky(style.slope)));
    channels = kStemChannels;
  }
  register_module("stem", stem_);
  const auto stages = register_module("stages", std::make_shared<Chain>());
  for (size_t i = 0; i < spec.depths.size(); ++i) {
    const ConvolutionShape down{.in = channels,
                                .out = stage_channels(i),
                                .kernel = 3,
                                .stride = 2,
                                .padding = style.original ? Padding::kSame : Padding::kTorch};
    channels = down.out;
    const auto stage = std::make_shared<Chain>();
    stage->add("conv_down", std::make_shared<ConvNorm>(down, leaky(style.slope)));
    stage->add("blocks", make_blocks(spec.depths[i], channels, style.slope));
    stages->add(stages_.emplace_back(stage));
  }
  const auto head = register_module("head", std::make_shared<torch::nn::Module>());
  dense_ = head->register_module("fc", std::make_shared<Dense>(channels, num_classes));
}

at::Tensor DarkNet::forward(const at::Tensor& images) {
  at::Tensor x = stem_->forward(images);
  for (const auto& stage : stages_) x = stage->forward(x);
  return dense_->forward(x.mean({2, 3}));
}

std::vector<at::Tensor> DarkNet::features(const at::Tensor& images) {
  std::vector<at::Tensor> maps;
  at::Tensor x = stem_->forward(images);
  for (size_t i = 0; i < stages_.size(); ++i) {
    x = stages_[i]->forward(x);
    if (i >= kFirstFeatureStage) maps.push_back(x);
  }
  return maps;
}

std::vector<FeatureMap> DarkNet::feature_maps() const {
  std::vector<FeatureMap> maps;
  for (size_t i = kFirstFeatureStage; i < stages_.size(); ++i) {
    maps.push_back({.level = static_cast<int>(i) + 1,
                    .stride = int64_t{2} << i,
                    .channels = stage_channels(i)});
  }
  return maps;
}

std::vector<NetworkPart> DarkNet::parts() const {
  std::vector<NetworkPart> parts{{.name = "stem", .modules = {"stem"}}};
  for (size_t i = 0; i < stages_.size(); ++i) {
    const std::string name = "stages." + std::to_string(i);
    parts.push_back({.name = name, .modules = {name}});
  }
  parts.push_back({.name = "head", .modules = {"head.fc"}});
  return parts;
}

StepWork DarkNet::step_work(MapShape picture) const {
  StepWork work;
  MapShape map = picture;
  stem_->count(map, work);
  for (const auto& stage : stages_) stage->count(map, work);
  dense_->count_with_mean(map, work);
  return work;
}

}  // namespace train_backbone::models
