#include "models/fused_batch_norm.h"

#include <torch/csrc/autograd/custom_function.h>

#include <optional>

namespace train_backbone::models {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

struct FusedBatchNorm : torch::autograd::Function<FusedBatchNorm> {
  static at::Tensor forward(AutogradContext* context, const at::Tensor& input,
                            const std::optional<at::Tensor>& added, const at::Tensor& weight,
                            const at::Tensor& bias, const NormTensors& tensors,
                            const ops::BatchNormActSettings& settings) {
    const at::Tensor residual = added.value_or(at::Tensor());
    const ops::BatchNormActOutput result =
        ops::batch_norm_act_forward(input, residual, {.weight = weight, .bias = bias},
                                    tensors.running_mean, tensors.running_var, settings);
    // Without a residual the sign of the output follows from the input.
    context->save_for_backward({input, residual.defined() ? result.output : at::Tensor(), weight,
                                bias, result.mean, result.inverse_deviation});
    context->saved_data["slope"] = static_cast<double>(settings.negative_slope);
    return result.output;
  }

  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    const variable_list saved = context->get_saved_variables();
    const ops::BatchNormActGradients result =
        ops::batch_norm_act_backward(gradients[0],
                                     {.input = saved[0],
                                      .output = saved[1],
                                      .weight = saved[2],
                                      .bias = saved[3],
                                      .mean = saved[4],
                                      .inverse_deviation = saved[5]},
                                     static_cast<float>(context->saved_data["slope"].toDouble()));
    return {result.input, result.residual, result.weight, result.bias, {}, {}};
  }
};

}  // namespace

at::Tensor fused_batch_norm(const at::Tensor& input, const at::Tensor& residual,
                            const NormTensors& tensors, const ops::BatchNormActSettings& settings) {
  // Of what is not there, apply() would want to know the device.
  const auto added = residual.defined() ? std::optional(residual) : std::nullopt;
  return FusedBatchNorm::apply(input, added, tensors.weight, tensors.bias, tensors, settings);
}

}  // namespace train_backbone::models
