#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "models/conv_norm.h"
#include "models/layers.h"

namespace train_backbone::models {

// How the original's HRNet differs from the paper's.
struct HighResolutionStyle {
  Padding padding = Padding::kTorch;
  bool relu_before_upsampling = false;
};

// A 3x3 convolution, batch normalisation and ReLU (or none).
std::shared_ptr<ConvNorm> make_conv3x3(int64_t in, int64_t out, int64_t stride, Padding padding,
                                       Activation activation = Activation::kRelu);

// Parallel branches of four basic blocks each, then every branch becomes the ReLU of the sum of
// all, brought to its size: from finer ones by 3x3 convolutions of stride 2, from coarser ones by a
// 1x1 convolution and nearest-neighbour upsampling. Branch i has 2^i times the stride of branch 0.
// Names branches.I.B, fuse_layers.I.J.
class HighResolutionModule : public torch::nn::Module {
 public:
  HighResolutionModule(const std::vector<int64_t>& channels, const HighResolutionStyle& style);
  // One tensor per branch, finest first; the same shapes come out.
  std::vector<at::Tensor> forward(const std::vector<at::Tensor>& inputs);
  // Adds the work for inputs of these shapes.
  void count(std::vector<MapShape> maps, StepWork& work) const;

 private:
  at::Tensor brought(size_t to, size_t from, const at::Tensor& branch);
  void count_sum(size_t to, const std::vector<MapShape>& maps, StepWork& work) const;

  std::vector<std::shared_ptr<Chain>> branches_;
  std::vector<std::vector<std::shared_ptr<Layer>>> fuse_;  // [to][from], none where they are equal
};

}  // namespace train_backbone::models
