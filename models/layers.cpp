#include "models/layers.h"

#include <ATen/ops/batch_norm.h>
#include <ATen/ops/constant_pad_nd.h>
#include <ATen/ops/conv2d.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/leaky_relu.h>
#include <ATen/ops/linear.h>
#include <ATen/ops/max_pool2d.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/relu.h>
#include <ATen/ops/zeros.h>

#include <algorithm>
#include <array>
#include <limits>
#include <utility>

#include "models/fused_batch_norm.h"
#include "models/low_precision_convolution.h"
#include "models/pointwise_convolution.h"
#include "models/window_convolution.h"

namespace train_backbone::models {
namespace {

constexpr double kEpsilon = 1e-5;
constexpr double kNewShare = 0.1;  // of the running statistics

// Padding of both kinds keeps ceil(input / stride); kernels are odd.
int64_t output_size(int64_t input, int64_t stride) { return (input - 1) / stride + 1; }

// Zeros that TensorFlow's "SAME" puts before and behind.
std::array<int64_t, 2> same_padding(int64_t input, int64_t kernel, int64_t stride) {
  const int64_t all =
      std::max<int64_t>((output_size(input, stride) - 1) * stride + kernel - input, 0);
  return {all / 2, all - all / 2};
}

// `input` with what a window with "SAME" padding needs around it.
at::Tensor padded_same(const at::Tensor& input, int64_t kernel, int64_t stride, double value) {
  const auto [top, bottom] = same_padding(input.size(2), kernel, stride);
  const auto [left, right] = same_padding(input.size(3), kernel, stride);
  return at::constant_pad_nd(input, {left, right, top, bottom}, value);
}

}  // namespace

// Module::to() replaces tensors inside their handles, so the members stay the registered ones.
Convolution::Convolution(const ConvolutionShape& shape)
    : shape_(shape),
      weight_(register_parameter(
          "weight", at::empty({shape.out, shape.in, shape.kernel, shape.kernel}, at::kFloat))) {
  if (shape.bias) bias_ = register_parameter("bias", at::zeros({shape.out}, at::kFloat));
}

at::Tensor Convolution::forward(const at::Tensor& input) {
  if (shape_.padding == Padding::kSame && shape_.stride > 1 && shape_.kernel > 1) {
    return convolve(padded_same(input, shape_.kernel, shape_.stride, 0), 0);
  }
  return convolve(input, shape_.kernel / 2);
}

bool Convolution::is_product(const at::Tensor& input) const {
  if (shape_.kernel != 1 || bias_.defined()) return false;
  const int64_t pixels = input.size(0) * output_size(input.size(2), shape_.stride) *
                         output_size(input.size(3), shape_.stride);
  return pointwise_convolution_takes(input, weight_) &&
         product_is_quicker(input.scalar_type(), pixels);
}

bool Convolution::is_window(const at::Tensor& input) const {
  return fused_ && shape_.kernel == 3 && shape_.stride == 1 && !bias_.defined() &&
         window_convolution_takes(input, weight_);
}

Convolution::Forked Convolution::fork(const at::Tensor& input) {
  // Without a gradient there is nothing to add, and the other way is not to make one either.
  if (shape_.stride != 1 || !input.requires_grad() || !is_product(input)) {
    return {.output = forward(input), .input = input};
  }
  const ForkedPointwise forked = pointwise_fork(input, weight_);
  return {.output = forked.output, .input = forked.input};
}

at::Tensor Convolution::convolve(const at::Tensor& input, int64_t padding) const {
  if (copy_.defined() && input.scalar_type() == copy_.scalar_type()) {
    return convolve_with_copy(input, {.weight = weight_, .bias = bias_, .copy = copy_},
                              {.stride = shape_.stride, .padding = padding});
  }
  if (is_window(input)) return window_convolution(input, weight_);
  if (is_product(input)) return pointwise_convolution(input, weight_, shape_.stride);
  return at::conv2d(input, weight_, bias_, shape_.stride, padding);
}

void Convolution::count(MapShape& map, StepWork& work) const {
  const int64_t in = map.elements();
  map = {.channels = shape_.out,
         .height = output_size(map.height, shape_.stride),
         .width = output_size(map.width, shape_.stride)};
  work.add_convolution(in, map.elements(), weight_.numel() * map.height * map.width);
}

BatchNorm::BatchNorm(int64_t channels, Start start)
    : weight_(register_parameter("weight", start == Start::kOne
                                               ? at::ones({channels}, at::kFloat)
                                               : at::zeros({channels}, at::kFloat))),
      bias_(register_parameter("bias", at::zeros({channels}, at::kFloat))),
      running_mean_(register_buffer("running_mean", at::zeros({channels}, at::kFloat))),
      running_var_(register_buffer("running_var", at::ones({channels}, at::kFloat))),
      num_batches_tracked_(register_buffer("num_batches_tracked", at::zeros({}, at::kLong))) {}

void BatchNorm::freeze_statistics() {
  frozen_ = true;
  train(false);
}

at::Tensor BatchNorm::forward(const at::Tensor& input, const After& after) {
  if (is_training()) num_batches_tracked_.add_(1);
  if (is_training() && fused_ && !ranks_ && ops::batch_norm_act_takes(input)) {
    return fused_batch_norm(input, after.residual, {weight_, bias_, running_mean_, running_var_},
                            {.new_share = kNewShare,
                             .epsilon = kEpsilon,
                             .negative_slope = static_cast<float>(after.slope)});
  }
  at::Tensor x = normalise(input);
  if (after.residual.defined()) x += after.residual;
  if (after.slope == 1) return x;
  return after.slope == 0 ? at::relu_(x) : at::leaky_relu_(x, after.slope);
}

at::Tensor BatchNorm::normalise(const at::Tensor& input) {
  if (is_training() && ranks_) {
    // In the statistics' type, which 16-bit inputs are not precise enough for.
    return joint_batch_norm(input.to(weight_.scalar_type()),
                            {weight_, bias_, running_mean_, running_var_},
                            {.new_share = kNewShare, .epsilon = kEpsilon}, *ranks_)
        .to(input.scalar_type());
  }
  return at::batch_norm(input, weight_, bias_, running_mean_, running_var_, is_training(),
                        kNewShare, kEpsilon, /*cudnn_enabled=*/true);
}

Dense::Dense(int64_t in, int64_t out)
    : weight_(register_parameter("weight", at::empty({out, in}, at::kFloat))),
      bias_(register_parameter("bias", at::zeros({out}, at::kFloat))) {}

at::Tensor Dense::forward(const at::Tensor& input) const {
  return at::linear(input.to(weight_.scalar_type()), weight_, bias_);
}

void Dense::count_with_mean(const MapShape& map, StepWork& work) const {
  work.add_pooling(map.elements(), map.channels);
  work.add_convolution(weight_.size(1), weight_.size(0), weight_.numel());
}

void Chain::add(const std::string& name, std::shared_ptr<Layer> layer) {
  layers_.push_back(register_module(name, std::move(layer)));
}

at::Tensor Chain::forward(const at::Tensor& input) {
  at::Tensor x = input;
  for (const auto& layer : layers_) x = layer->forward(x);
  return x;
}

void Chain::count(MapShape& map, StepWork& work) const {
  for (const auto& layer : layers_) layer->count(map, work);
}

at::Tensor max_pool_by_two(const at::Tensor& input, Padding padding) {
  constexpr int64_t kWindow = 3;
  constexpr int64_t kStride = 2;
  if (padding == Padding::kTorch) return at::max_pool2d(input, kWindow, kStride, kWindow / 2);
  constexpr double kNever = -std::numeric_limits<double>::infinity();
  return at::max_pool2d(padded_same(input, kWindow, kStride, kNever), kWindow, kStride);
}

}  // namespace train_backbone::models
