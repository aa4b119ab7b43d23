#pragma once

#include <torch/nn/module.h>

namespace train_backbone::models {

// A backbone with its classification head.
// Parameters and buffers are named as in timm, so that the flat state dict loads there.
class Classifier : public torch::nn::Module {
 public:
  // images: float [N, 3, H, W], any H and W the family accepts (channels-last recommended).
  // Returns logits [N, num_classes].
  virtual at::Tensor forward(const at::Tensor& images) = 0;
};

}  // namespace train_backbone::models
