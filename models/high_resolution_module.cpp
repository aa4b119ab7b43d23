#include "models/high_resolution_module.h"

#include <ATen/ops/add.h>
#include <ATen/ops/relu.h>
#include <ATen/ops/upsample_nearest2d.h>

#include <string>

#include "models/residual_block.h"

namespace train_backbone::models {
namespace {

constexpr int kBlocksPerBranch = 4;

std::shared_ptr<Chain> make_branch(int64_t channels) {
  auto branch = std::make_shared<Chain>();
  for (int i = 0; i < kBlocksPerBranch; ++i) {
    branch->add(std::make_shared<ResidualBlock>(BlockShape{.kind = BlockKind::kBasic,
                                                           .in = channels,
                                                           .width = channels,
                                                           .last_scale = BatchNorm::Start::kOne}));
  }
  return branch;
}

// What brings branch `from` to the channels of `to`; a coarser one is still to be upsampled.
std::shared_ptr<Layer> make_fuse_layer(const std::vector<int64_t>& channels, size_t to, size_t from,
                                       const HighResolutionStyle& style) {
  if (from > to) {
    const Activation activation =
        style.relu_before_upsampling ? Activation::kRelu : Activation::kNone;
    return std::make_shared<ConvNorm>(ConvolutionShape{.in = channels[from], .out = channels[to]},
                                      ConvNorm::Style{.activation = activation});
  }
  auto down = std::make_shared<Chain>();
  for (size_t i = from; i < to; ++i) {
    const bool last = i + 1 == to;
    down->add(make_conv3x3(channels[from], last ? channels[to] : channels[from], 2, style.padding,
                           last ? Activation::kNone : Activation::kRelu));
  }
  return down;
}

}  // namespace

std::shared_ptr<ConvNorm> make_conv3x3(int64_t in, int64_t out, int64_t stride, Padding padding,
                                       Activation activation) {
  return std::make_shared<ConvNorm>(
      ConvolutionShape{.in = in, .out = out, .kernel = 3, .stride = stride, .padding = padding},
      ConvNorm::Style{.activation = activation});
}

HighResolutionModule::HighResolutionModule(const std::vector<int64_t>& channels,
                                           const HighResolutionStyle& style)
    : fuse_(channels.size()) {
  const auto branches = register_module("branches", std::make_shared<torch::nn::Module>());
  for (const int64_t width : channels) {
    branches_.push_back(
        branches->register_module(std::to_string(branches_.size()), make_branch(width)));
  }
  const auto fuse_layers = register_module("fuse_layers", std::make_shared<torch::nn::Module>());
  for (size_t to = 0; to < channels.size(); ++to) {
    const auto row =
        fuse_layers->register_module(std::to_string(to), std::make_shared<torch::nn::Module>());
    for (size_t from = 0; from < channels.size(); ++from) {
      auto& layer = fuse_[to].emplace_back();
      if (from == to) continue;
      layer =
          row->register_module(std::to_string(from), make_fuse_layer(channels, to, from, style));
    }
  }
}

at::Tensor HighResolutionModule::brought(size_t to, size_t from, const at::Tensor& branch) {
  if (from == to) return branch;
  const at::Tensor x = fuse_[to][from]->forward(branch);
  if (from < to) return x;
  const int64_t factor = int64_t{1} << (from - to);
  return at::upsample_nearest2d(x, {x.size(2) * factor, x.size(3) * factor});
}

std::vector<at::Tensor> HighResolutionModule::forward(const std::vector<at::Tensor>& inputs) {
  std::vector<at::Tensor> branches;
  for (size_t i = 0; i < branches_.size(); ++i) {
    branches.push_back(branches_[i]->forward(inputs[i]));
  }
  std::vector<at::Tensor> outputs;
  for (size_t to = 0; to < branches.size(); ++to) {
    at::Tensor sum = brought(to, 0, branches[0]);
    for (size_t from = 1; from < branches.size(); ++from) {
      sum = at::add(sum, brought(to, from, branches[from]));
    }
    outputs.push_back(at::relu_(sum));
  }
  return outputs;
}

void HighResolutionModule::count(std::vector<MapShape> maps, StepWork& work) const {
  for (size_t i = 0; i < branches_.size(); ++i) branches_[i]->count(maps[i], work);
  for (size_t to = 0; to < branches_.size(); ++to) count_sum(to, maps, work);
}

void HighResolutionModule::count_sum(size_t to, const std::vector<MapShape>& maps,
                                     StepWork& work) const {
  int64_t addends = 0;
  int64_t upsampled = 0;
  for (size_t from = 0; from < maps.size(); ++from) {
    MapShape map = maps[from];
    if (from != to) fuse_[to][from]->count(map, work);
    addends += map.elements();
    if (from > to) upsampled += map.elements();
  }
  // As one kernel each way: reads every addend before it is upsampled, writes the sum behind its
  // ReLU; reads that and its gradient, writes what goes to addends of its size, and to smaller
  // ones.
  constexpr int64_t kOfTheSum = 4;
  work.add_other(addends + upsampled + kOfTheSum * maps[to].elements());
}

}  // namespace train_backbone::models
