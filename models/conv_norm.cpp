#include "models/conv_norm.h"

#include <ATen/ops/leaky_relu.h>
#include <ATen/ops/relu.h>

#include <string>

namespace train_backbone::models {

ConvNorm::ConvNorm(const ConvolutionShape& shape, const Style& style)
    : activation_(style.activation),
      slope_(style.slope),
      convolution_(register_module(std::string(style.convolution_name),
                                   std::make_shared<Convolution>(shape))),
      norm_(register_module(std::string(style.norm_name),
                            std::make_shared<BatchNorm>(shape.out, style.scale))) {}

at::Tensor ConvNorm::forward(const at::Tensor& input) {
  at::Tensor x = norm_->forward(convolution_->forward(input));
  switch (activation_) {
    case Activation::kNone:
      return x;
    case Activation::kRelu:
      return at::relu_(x);
    case Activation::kLeakyRelu:
      return at::leaky_relu_(x, slope_);
  }
  return x;
}

}  // namespace train_backbone::models
