#include "models/layers.h"

#include <ATen/ops/batch_norm.h>
#include <ATen/ops/conv2d.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/linear.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/zeros.h>

namespace train_backbone::models {
namespace {

constexpr double kEpsilon = 1e-5;
constexpr double kNewShare = 0.1;  // of the running statistics

int64_t output_size(int64_t input, const ConvolutionShape& shape) {
  return (input + 2 * (shape.kernel / 2) - shape.kernel) / shape.stride + 1;
}

}  // namespace

// Module::to() replaces tensors inside their handles, so the members stay the registered ones.
Convolution::Convolution(const ConvolutionShape& shape)
    : shape_(shape),
      weight_(register_parameter(
          "weight", at::empty({shape.out, shape.in, shape.kernel, shape.kernel}, at::kFloat))) {}

at::Tensor Convolution::forward(const at::Tensor& input) const {
  return at::conv2d(input, weight_, {}, shape_.stride, shape_.kernel / 2);
}

int64_t Convolution::multiply_adds(Extent& extent) const {
  extent = {.height = output_size(extent.height, shape_),
            .width = output_size(extent.width, shape_)};
  return weight_.numel() * extent.height * extent.width;
}

BatchNorm::BatchNorm(int64_t channels)
    : weight_(register_parameter("weight", at::ones({channels}, at::kFloat))),
      bias_(register_parameter("bias", at::zeros({channels}, at::kFloat))),
      running_mean_(register_buffer("running_mean", at::zeros({channels}, at::kFloat))),
      running_var_(register_buffer("running_var", at::ones({channels}, at::kFloat))),
      num_batches_tracked_(register_buffer("num_batches_tracked", at::zeros({}, at::kLong))) {}

at::Tensor BatchNorm::forward(const at::Tensor& input) {
  if (is_training()) num_batches_tracked_.add_(1);
  return at::batch_norm(input, weight_, bias_, running_mean_, running_var_, is_training(),
                        kNewShare, kEpsilon, /*cudnn_enabled=*/true);
}

Dense::Dense(int64_t in, int64_t out)
    : weight_(register_parameter("weight", at::empty({out, in}, at::kFloat))),
      bias_(register_parameter("bias", at::zeros({out}, at::kFloat))) {}

at::Tensor Dense::forward(const at::Tensor& input) const {
  return at::linear(input, weight_, bias_);
}

}  // namespace train_backbone::models
