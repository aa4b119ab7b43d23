#include "models/residual_block.h"

#include <ATen/ops/avg_pool2d.h>

#include <string>

namespace train_backbone::models {
namespace {

std::vector<ConvolutionShape> branch_shapes(const BlockShape& shape) {
  const int64_t width = shape.width;
  if (shape.kind == BlockKind::kBasic) {
    return {{.in = shape.in,
             .out = width,
             .kernel = 3,
             .stride = shape.stride,
             .padding = shape.padding},
            {.in = width, .out = width, .kernel = 3}};
  }
  return {
      {.in = shape.in, .out = width},
      {.in = width, .out = width, .kernel = 3, .stride = shape.stride, .padding = shape.padding},
      {.in = width, .out = shape.out()}};
}

}  // namespace

Shortcut::Shortcut(const BlockShape& shape) : pool_(shape.average_shortcut && shape.stride > 1) {
  const int first = shape.average_shortcut ? 1 : 0;
  convolution_ =
      register_module(std::to_string(first),
                      std::make_shared<Convolution>(ConvolutionShape{
                          .in = shape.in, .out = shape.out(), .stride = pool_ ? 1 : shape.stride}));
  norm_ = register_module(std::to_string(first + 1), std::make_shared<BatchNorm>(shape.out()));
}

at::Tensor Shortcut::forward(const at::Tensor& input) {
  if (!pool_) return norm_->forward(convolution_->forward(input));
  // An odd last row or column is averaged over what there is.
  const at::Tensor pooled = at::avg_pool2d(input, 2, 2, 0, /*ceil_mode=*/true,
                                           /*count_include_pad=*/false);
  return norm_->forward(convolution_->forward(pooled));
}

void Shortcut::count(MapShape& map, StepWork& work) const {
  if (pool_) {
    const MapShape pooled = halved(map);
    work.add_pooling(map.elements(), pooled.elements());
    map = pooled;
  }
  convolution_->count(map, work);
  norm_->count(map, work);
}

ResidualBlock::ResidualBlock(const BlockShape& shape) {
  const std::vector<ConvolutionShape> branch = branch_shapes(shape);
  for (const ConvolutionShape& convolution : branch) {
    const std::string index = std::to_string(convolutions_.size() + 1);
    const bool last = convolutions_.size() + 1 == branch.size();
    convolutions_.push_back(
        register_module("conv" + index, std::make_shared<Convolution>(convolution)));
    norms_.push_back(register_module(
        "bn" + index, std::make_shared<BatchNorm>(
                          convolution.out, last ? shape.last_scale : BatchNorm::Start::kOne)));
  }
  if (shape.stride != 1 || shape.in != shape.out()) {
    shortcut_ = register_module("downsample", std::make_shared<Shortcut>(shape));
  }
}

at::Tensor ResidualBlock::forward(const at::Tensor& input) {
  const Convolution::Forked forked = convolutions_[0]->fork(input);
  at::Tensor x = norms_[0]->forward(forked.output, {.slope = 0});
  for (size_t i = 1; i + 1 < convolutions_.size(); ++i) {
    x = norms_[i]->forward(convolutions_[i]->forward(x), {.slope = 0});
  }
  const at::Tensor shortcut = shortcut_ ? shortcut_->forward(forked.input) : forked.input;
  return norms_.back()->forward(convolutions_.back()->forward(x),
                                {.residual = shortcut, .slope = 0});
}

void ResidualBlock::count(MapShape& map, StepWork& work) const {
  MapShape input = map;
  if (shortcut_) shortcut_->count(input, work);
  for (size_t i = 0; i < convolutions_.size(); ++i) {
    convolutions_[i]->count(map, work);
    if (i + 1 < convolutions_.size()) norms_[i]->count(map, work);
  }
  work.add_residual_normalisation(map.elements());
}

}  // namespace train_backbone::models
