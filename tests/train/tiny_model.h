#pragma once

#include <torch/nn/modules/batchnorm.h>
#include <torch/nn/modules/conv.h>
#include <torch/nn/modules/linear.h>

#include <memory>

#include "train_backbone/models/classifier.h"

namespace train_backbone::train {

// The smallest network with everything that a backbone has: convolution, batch normalisation with
// its statistics, dense layer.
class TinyModel : public models::Classifier {
 public:
  explicit TinyModel(int64_t classes)
      : conv_(register_module(
            "conv", torch::nn::Conv2d(torch::nn::Conv2dOptions(3, 8, 3).stride(2).bias(false)))),
        norm_(register_module("norm", torch::nn::BatchNorm2d(8))),
        dense_(register_module("dense", torch::nn::Linear(8 * 9, classes))) {}

  at::Tensor forward(const at::Tensor& images) override {
    return dense_(norm_(conv_(images)).relu().flatten(1));
  }

  static constexpr int kImageSize = 8;

 private:
  torch::nn::Conv2d conv_;
  torch::nn::BatchNorm2d norm_;
  torch::nn::Linear dense_;
};

}  // namespace train_backbone::train
