#include "models/low_precision_convolution.h"

#include <ATen/ops/convolution.h>
#include <ATen/ops/convolution_backward.h>
#include <torch/csrc/autograd/custom_function.h>

#include <array>
#include <optional>

namespace train_backbone::models {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

using Pair = std::array<int64_t, 2>;
constexpr Pair kDilation{1, 1};
constexpr Pair kNoOutputPadding{0, 0};

at::Tensor in_type(const at::Tensor& tensor, at::ScalarType type) {
  return tensor.defined() ? tensor.to(type) : tensor;
}

struct Convolve : torch::autograd::Function<Convolve> {
  // Places of the arguments of forward(), for which backward() returns gradients.
  enum Argument : size_t { kInput, kWeight, kBias };

  static at::Tensor forward(AutogradContext* context, const at::Tensor& input,
                            const at::Tensor& weight, const std::optional<at::Tensor>& bias,
                            const at::Tensor& copy, int64_t stride, int64_t padding) {
    context->save_for_backward({input, copy});
    context->saved_data["type"] = weight.scalar_type();
    context->saved_data["bias"] = bias.has_value();
    context->saved_data["stride"] = stride;
    context->saved_data["padding"] = padding;
    std::optional<at::Tensor> short_bias;
    if (bias) short_bias = bias->to(input.scalar_type());
    return at::convolution(input, copy, short_bias, Pair{stride, stride}, Pair{padding, padding},
                           kDilation, /*transposed=*/false, kNoOutputPadding, /*groups=*/1);
  }

  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    const variable_list saved = context->get_saved_variables();
    const int64_t stride = context->saved_data["stride"].toInt();
    const int64_t padding = context->saved_data["padding"].toInt();
    const at::ScalarType type = context->saved_data["type"].toScalarType();
    const std::array<int64_t, 1> bias_size{saved[1].size(0)};
    const std::array<bool, 3> wanted{
        context->needs_input_grad(kInput), context->needs_input_grad(kWeight),
        context->saved_data["bias"].toBool() && context->needs_input_grad(kBias)};
    const auto [input, weight, bias] = at::convolution_backward(
        gradients[0], saved[0], saved[1], bias_size, Pair{stride, stride}, Pair{padding, padding},
        kDilation, /*transposed=*/false, kNoOutputPadding, /*groups=*/1, wanted);
    return {input, in_type(weight, type), in_type(bias, type), {}, {}, {}};
  }
};

}  // namespace

at::Tensor convolve_with_copy(const at::Tensor& input, const ConvolutionTensors& tensors,
                              const ConvolutionSteps& steps) {
  const auto bias = tensors.bias.defined() ? std::optional(tensors.bias) : std::nullopt;
  return Convolve::apply(input, tensors.weight, bias, tensors.copy, steps.stride, steps.padding);
}

}  // namespace train_backbone::models
