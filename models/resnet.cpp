#include "models/resnet.h"

#include <ATen/ops/max_pool2d.h>
#include <ATen/ops/relu.h>

#include <string>

namespace train_backbone::models {
namespace {

constexpr int64_t kStemChannels = 64;
constexpr int64_t kDeepStemChannels = 32;

// Blocks under the names "0", "1", ...
class Stage : public torch::nn::Module {
 public:
  void add(const std::shared_ptr<ResidualBlock>& block) {
    register_module(std::to_string(children().size()), block);
  }
};

Extent max_pooled(Extent extent) {
  return {.height = (extent.height - 1) / 2 + 1, .width = (extent.width - 1) / 2 + 1};
}

}  // namespace

DeepStem::DeepStem() {
  const std::vector<ConvolutionShape> shapes{
      {.in = 3, .out = kDeepStemChannels, .kernel = 3, .stride = 2},
      {.in = kDeepStemChannels, .out = kDeepStemChannels, .kernel = 3},
      {.in = kDeepStemChannels, .out = kStemChannels, .kernel = 3}};
  for (size_t i = 0; i < shapes.size(); ++i) {
    convolutions_.push_back(
        register_module(std::to_string(3 * i), std::make_shared<Convolution>(shapes[i])));
    if (i + 1 == shapes.size()) break;
    norms_.push_back(
        register_module(std::to_string(3 * i + 1), std::make_shared<BatchNorm>(shapes[i].out)));
  }
}

at::Tensor DeepStem::forward(const at::Tensor& images) {
  at::Tensor x = images;
  for (size_t i = 0; i < norms_.size(); ++i) {
    x = norms_[i]->forward(convolutions_[i]->forward(x));
    at::relu_(x);
  }
  return convolutions_.back()->forward(x);
}

int64_t DeepStem::multiply_adds(Extent& extent) const {
  int64_t total = 0;
  for (const auto& convolution : convolutions_) total += convolution->multiply_adds(extent);
  return total;
}

ResNet::ResNet(const ResNetSpec& spec, int64_t num_classes) {
  if (spec.deep_stem) {
    deep_stem_ = register_module("conv1", std::make_shared<DeepStem>());
  } else {
    plain_stem_ =
        register_module("conv1", std::make_shared<Convolution>(ConvolutionShape{
                                     .in = 3, .out = kStemChannels, .kernel = 7, .stride = 2}));
  }
  norm_ = register_module("bn1", std::make_shared<BatchNorm>(kStemChannels));
  make_stages(spec);
  const int64_t features = blocks_.back()->last_norm().weight().numel();
  dense_ = register_module("fc", std::make_shared<Dense>(features, num_classes));
}

void ResNet::make_stages(const ResNetSpec& spec) {
  int64_t channels = kStemChannels;
  for (size_t stage = 0; stage < spec.depths.size(); ++stage) {
    const auto module =
        register_module("layer" + std::to_string(stage + 1), std::make_shared<Stage>());
    for (int i = 0; i < spec.depths[stage]; ++i) {
      const BlockShape shape{.kind = spec.block,
                             .in = channels,
                             .width = int64_t{64} << stage,
                             .stride = stage > 0 && i == 0 ? 2 : 1,
                             .average_shortcut = spec.average_shortcut};
      module->add(blocks_.emplace_back(std::make_shared<ResidualBlock>(shape)));
      channels = shape.out();
    }
  }
}

at::Tensor ResNet::forward(const at::Tensor& images) {
  at::Tensor x =
      norm_->forward(deep_stem_ ? deep_stem_->forward(images) : plain_stem_->forward(images));
  x = at::max_pool2d(at::relu_(x), 3, 2, 1);  // [N, 64, H/4, W/4]
  for (const auto& block : blocks_) x = block->forward(x);
  return dense_->forward(x.mean({2, 3}));
}

int64_t ResNet::multiply_adds(Extent extent) const {
  int64_t total =
      deep_stem_ ? deep_stem_->multiply_adds(extent) : plain_stem_->multiply_adds(extent);
  extent = max_pooled(extent);
  for (const auto& block : blocks_) total += block->multiply_adds(extent);
  return total + dense_->multiply_adds();
}

}  // namespace train_backbone::models
