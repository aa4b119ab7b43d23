#include "ops/batch_norm_act_tensors.h"

#include <ATen/ops/empty.h>

#include <stdexcept>

#include "ops/gpu_kernels.h"
#include "train_backbone/core/format.h"

namespace train_backbone::ops {

bool batch_norm_act_takes(const at::Tensor& input) {
  if (!input.defined() || input.dim() != 4) return false;
  const at::ScalarType type = input.scalar_type();
  if (type != at::kFloat && type != at::kBFloat16 && type != at::kHalf) return false;
  if (input.is_cpu()) return type != at::kHalf;
  return input.is_cuda() && has_gpu_kernels();
}

at::Tensor channels_last(const at::Tensor& image) {
  return image.contiguous(at::MemoryFormat::ChannelsLast);
}

at::Tensor image_like(const at::Tensor& image) {
  return at::empty(image.sizes(), image.options(), at::MemoryFormat::ChannelsLast);
}

at::Tensor per_channel(int64_t channels) {
  return at::empty({channels}, at::TensorOptions().dtype(at::kFloat));
}

RowUnits units_of(const at::Tensor& image) {
  return {image.numel() / image.size(1), image.size(1)};
}

std::vector<float> scale_of(const at::Tensor& weight, const at::Tensor& inverse_deviation) {
  std::vector<float> scale(static_cast<size_t>(weight.numel()));
  for (size_t c = 0; c < scale.size(); ++c) {
    scale[c] = values(weight)[c] * values(inverse_deviation)[c];
  }
  return scale;
}

void check_image(const at::Tensor& image, const char* name, const at::Tensor& input) {
  if (batch_norm_act_takes(image) && image.sizes() == input.sizes() && image.size(1) > 0 &&
      image.scalar_type() == input.scalar_type() && image.device() == input.device()) {
    return;
  }
  throw std::invalid_argument(core::format(
      "batch_norm_act: {} must be [N, C, H, W], fp32, bf16 or on a GPU fp16, like the input",
      name));
}

void check_channels(const at::Tensor& tensor, const char* name, const at::Tensor& input) {
  const int64_t channels = input.size(1);
  const bool good = tensor.defined() && tensor.device() == input.device() &&
                    tensor.scalar_type() == at::kFloat && tensor.is_contiguous() &&
                    tensor.dim() == 1 && tensor.numel() == channels;
  if (good) return;
  throw std::invalid_argument(
      core::format("batch_norm_act: {} must be a contiguous fp32 tensor of {} elements on {}", name,
                   channels, input.device().str()));
}

}  // namespace train_backbone::ops
