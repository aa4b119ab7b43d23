#include "models/window_convolution.h"

#include <ATen/ops/conv2d.h>
#include <ATen/ops/convolution_backward.h>
#include <torch/csrc/autograd/custom_function.h>

#include <array>

#include "train_backbone/ops/winograd.h"

namespace train_backbone::models {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

constexpr auto kLayout = at::MemoryFormat::ChannelsLast;

// Of a picture of a single row or column a tile of 2x2 pixels is mostly border. The gradient of the
// weight is quicker all the same.
bool has_tiles(const at::Tensor& image) { return image.size(2) > 1 && image.size(3) > 1; }

at::Tensor input_gradient_of_torch(const at::Tensor& gradient, const at::Tensor& input,
                                   const at::Tensor& weight) {
  constexpr std::array<int64_t, 2> kOne{1, 1};
  constexpr std::array<int64_t, 2> kZero{0, 0};
  return std::get<0>(at::convolution_backward(gradient, input, weight, std::nullopt, kOne, kOne,
                                              kOne, /*transposed=*/false, kZero, /*groups=*/1,
                                              {true, false, false}));
}

struct Window : torch::autograd::Function<Window> {
  // Places of the arguments of forward(), for which backward() returns gradients.
  enum Argument : size_t { kInput, kWeight };

  static at::Tensor forward(AutogradContext* context, const at::Tensor& input,
                            const at::Tensor& weight) {
    context->save_for_backward({input, weight});
    return has_tiles(input) ? ops::winograd_convolution(input, weight)
                            : at::conv2d(input, weight, {}, 1, 1);
  }

  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    const variable_list saved = context->get_saved_variables();
    const at::Tensor& input = saved[0];
    const at::Tensor& weight = saved[1];
    const at::Tensor gradient = gradients[0].contiguous(kLayout);
    at::Tensor of_input;
    if (context->needs_input_grad(kInput)) {
      of_input = has_tiles(input) ? ops::winograd_input_gradient(gradient, weight)
                                  : input_gradient_of_torch(gradient, input, weight);
    }
    at::Tensor of_weight;
    if (context->needs_input_grad(kWeight)) {
      of_weight = ops::winograd_weight_gradient(gradient, input);
    }
    return {of_input, of_weight};
  }
};

}  // namespace

bool window_convolution_takes(const at::Tensor& input, const at::Tensor& weight) {
  return ops::winograd_takes(input, weight) && ops::winograd_is_quicker();
}

at::Tensor window_convolution(const at::Tensor& input, const at::Tensor& weight) {
  return Window::apply(input, weight);
}

}  // namespace train_backbone::models
