#include "models/conv_norm.h"

#include <string>

namespace train_backbone::models {
namespace {

double slope_of(const ConvNorm::Style& style) {
  switch (style.activation) {
    case Activation::kRelu:
      return 0;
    case Activation::kLeakyRelu:
      return style.slope;
    case Activation::kNone:
      break;
  }
  return 1;
}

}  // namespace

ConvNorm::ConvNorm(const ConvolutionShape& shape, const Style& style)
    : slope_(slope_of(style)),
      convolution_(register_module(std::string(style.convolution_name),
                                   std::make_shared<Convolution>(shape))),
      norm_(register_module(std::string(style.norm_name),
                            std::make_shared<BatchNorm>(shape.out, style.scale))) {}

at::Tensor ConvNorm::forward(const at::Tensor& input) {
  return norm_->forward(convolution_->forward(input), {.slope = slope_});
}

Convolution::Forked ConvNorm::fork(const at::Tensor& input) {
  const Convolution::Forked forked = convolution_->fork(input);
  return {.output = norm_->forward(forked.output, {.slope = slope_}), .input = forked.input};
}

}  // namespace train_backbone::models
