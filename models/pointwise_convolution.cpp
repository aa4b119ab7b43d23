#include "models/pointwise_convolution.h"

#include <ATen/ops/empty.h>
#include <ATen/ops/mm.h>
#include <ATen/ops/zeros.h>
#include <torch/csrc/autograd/custom_function.h>

#include <array>

namespace train_backbone::models {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

constexpr auto kLayout = at::MemoryFormat::ChannelsLast;

// The pixels that the convolution looks at, a view.
at::Tensor every(int64_t stride, const at::Tensor& images) {
  return images.slice(2, 0, images.size(2), stride).slice(3, 0, images.size(3), stride);
}

// [N, C, H, W] in channels-last memory as [N * H * W, C].
at::Tensor pixels_of(const at::Tensor& images) {
  return images.permute({0, 2, 3, 1}).reshape({-1, images.size(1)});
}

at::Tensor images_of(const at::Tensor& pixels, int64_t count, int64_t height, int64_t width) {
  return pixels.view({count, height, width, pixels.size(1)}).permute({0, 3, 1, 2});
}

at::Tensor matrix_of(const at::Tensor& weight) {
  return weight.view({weight.size(0), weight.size(1)});
}

// Into a tensor that is no view: who gets it can see that nobody else has its memory.
at::Tensor product_gradient(const at::Tensor& gradient, const at::Tensor& weight) {
  const std::array<int64_t, 4> shape{gradient.size(0), weight.size(1), gradient.size(2),
                                     gradient.size(3)};
  const at::Tensor result = at::empty(shape, gradient.options().memory_format(kLayout));
  at::Tensor pixels = result.permute({0, 2, 3, 1}).view({-1, weight.size(1)});
  at::mm_out(pixels, pixels_of(gradient), matrix_of(weight));
  return result;
}

at::Tensor weight_gradient(const at::Tensor& gradient, const at::Tensor& seen,
                           const at::Tensor& weight) {
  return at::mm(pixels_of(gradient).t(), pixels_of(seen)).view(weight.sizes());
}

// Nobody else can see what is written to it.
bool is_unshared(const at::Tensor& tensor) {
  return tensor.use_count() == 1 && tensor.storage().use_count() == 1 &&
         tensor.is_contiguous(kLayout);
}

struct Pointwise : torch::autograd::Function<Pointwise> {
  // Places of the arguments of forward(), for which backward() returns gradients.
  enum Argument : size_t { kInput, kWeight };

  static at::Tensor forward(AutogradContext* context, const at::Tensor& input,
                            const at::Tensor& weight, int64_t stride) {
    const at::Tensor seen = stride == 1 ? input : every(stride, input).contiguous(kLayout);
    context->save_for_backward({seen, weight});
    context->saved_data["stride"] = stride;
    context->saved_data["height"] = input.size(2);
    context->saved_data["width"] = input.size(3);
    return images_of(at::mm(pixels_of(seen), matrix_of(weight).t()), seen.size(0), seen.size(2),
                     seen.size(3));
  }

  static at::Tensor input_gradient(AutogradContext* context, const at::Tensor& gradient,
                                   const at::Tensor& weight) {
    const int64_t stride = context->saved_data["stride"].toInt();
    const at::Tensor seen = product_gradient(gradient, weight);
    if (stride == 1) return seen;
    const std::array<int64_t, 4> shape{seen.size(0), seen.size(1),
                                       context->saved_data["height"].toInt(),
                                       context->saved_data["width"].toInt()};
    const at::Tensor all = at::zeros(shape, seen.options().memory_format(kLayout));
    every(stride, all).copy_(seen);
    return all;
  }

  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    const variable_list saved = context->get_saved_variables();
    const at::Tensor& seen = saved[0];
    const at::Tensor& weight = saved[1];
    const at::Tensor gradient = gradients[0].contiguous(kLayout);
    at::Tensor of_input;
    if (context->needs_input_grad(kInput)) of_input = input_gradient(context, gradient, weight);
    at::Tensor of_weight;
    if (context->needs_input_grad(kWeight)) of_weight = weight_gradient(gradient, seen, weight);
    return {of_input, of_weight, {}};
  }
};

struct Fork : torch::autograd::Function<Fork> {
  enum Argument : size_t { kInput, kWeight };

  static variable_list forward(AutogradContext* context, const at::Tensor& input,
                               const at::Tensor& weight) {
    context->save_for_backward({input, weight});
    context->set_materialize_grads(false);
    return {images_of(at::mm(pixels_of(input), matrix_of(weight).t()), input.size(0), input.size(2),
                      input.size(3)),
            input};
  }

  // `other`: the gradient of the input's other way.
  static at::Tensor input_gradient(const at::Tensor& gradient, const at::Tensor& other,
                                   const at::Tensor& weight) {
    if (!other.defined()) return product_gradient(gradient, weight);
    const at::Tensor sum = is_unshared(other) ? other : other.clone(kLayout);
    pixels_of(sum).addmm_(pixels_of(gradient), matrix_of(weight));
    return sum;
  }

  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    const variable_list saved = context->get_saved_variables();
    if (!gradients[0].defined()) return {gradients[1], at::Tensor()};
    const at::Tensor gradient = gradients[0].contiguous(kLayout);
    at::Tensor of_input;
    if (context->needs_input_grad(kInput)) {
      of_input = input_gradient(gradient, gradients[1], saved[1]);
    }
    at::Tensor of_weight;
    if (context->needs_input_grad(kWeight)) {
      of_weight = weight_gradient(gradient, saved[0], saved[1]);
    }
    return {of_input, of_weight};
  }
};

}  // namespace

bool pointwise_convolution_takes(const at::Tensor& input, const at::Tensor& weight) {
  const at::ScalarType type = input.scalar_type();
  return input.is_cpu() && (type == at::kFloat || type == at::kDouble) &&
         weight.scalar_type() == type && input.is_contiguous(kLayout) &&
         weight.is_contiguous(kLayout);
}

bool product_is_quicker(at::ScalarType type, int64_t pixels) {
  return product_is_quicker(type, pixels, __builtin_cpu_is("intel") != 0);
}

bool product_is_quicker(at::ScalarType type, int64_t pixels, bool is_intel) {
  constexpr int64_t kEnough = 512;
  // oneDNN has no fp64.
  return is_intel || type == at::kDouble || pixels < kEnough;
}

at::Tensor pointwise_convolution(const at::Tensor& input, const at::Tensor& weight,
                                 int64_t stride) {
  return Pointwise::apply(input, weight, stride);
}

ForkedPointwise pointwise_fork(const at::Tensor& input, const at::Tensor& weight) {
  const variable_list outputs = Fork::apply(input, weight);
  return {.output = outputs[0], .input = outputs[1]};
}

}  // namespace train_backbone::models
