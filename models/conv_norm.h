#pragma once

#include <memory>
#include <string_view>

#include "models/layers.h"

namespace train_backbone::models {

enum class Activation { kNone, kRelu, kLeakyRelu };

// Convolution, batch normalisation and, maybe, an activation.
class ConvNorm : public Layer {
 public:
  struct Style {
    std::string_view convolution_name = "0";  // as in a torch sequence
    std::string_view norm_name = "1";
    Activation activation = Activation::kRelu;
    double slope = 0;  // of kLeakyRelu for negative values
    BatchNorm::Start scale = BatchNorm::Start::kOne;
  };

  ConvNorm(const ConvolutionShape& shape, const Style& style);
  at::Tensor forward(const at::Tensor& input) override;
  // As Convolution::fork().
  Convolution::Forked fork(const at::Tensor& input);
  void count(MapShape& map, StepWork& work) const override {
    convolution_->count(map, work);
    norm_->count(map, work);
  }

 private:
  double slope_;  // as BatchNorm::After has it
  std::shared_ptr<Convolution> convolution_;
  std::shared_ptr<BatchNorm> norm_;
};

}  // namespace train_backbone::models
