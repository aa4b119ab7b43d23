#include "train_backbone/ops/input_stage.h"

#include <ATen/ops/empty.h>

#include "ops/gpu_kernels.h"
#include "ops/input_transform_aten.h"
#include "ops/upload.h"

namespace train_backbone::ops {

InputStage::InputStage(c10::Device device)
    : device_(device), upload_(device.is_cpu() ? nullptr : std::make_unique<Upload>(device)) {}

InputStage::~InputStage() = default;

at::Tensor InputStage::images(std::span<const uint8_t> pixels, const ImageShape& shape,
                              const Normalisation& normalisation, std::span<const MixPartner> mix) {
  if (upload_) {
    const at::Tensor bytes = (*upload_)(pixels).view({shape.count, shape.height, shape.width, 3});
    const MixTensors mixed = mix_tensors(mix, device_);
    if (device_.is_cuda() && has_gpu_kernels()) {
      return normalise_and_mix_gpu(bytes, normalisation, mixed, at::kFloat);
    }
    return normalise_and_mix_aten(bytes, normalisation, mixed);
  }
  const std::vector<int64_t> sizes{shape.count, 3, shape.height, shape.width};
  if (!images_.defined() || images_.sizes() != at::IntArrayRef(sizes)) {
    images_ = empty_images(shape.count, shape.height, shape.width);
  }
  normalise_and_mix(pixels, normalisation, mix, images_);
  return images_;
}

double InputStage::seconds_waited() const { return upload_ ? upload_->seconds_waited() : 0; }

at::Tensor InputStage::place(const at::Tensor& host) const {
  return device_.is_cpu() || !host.defined() ? host : copy_to_gpu(host, device_);
}

}  // namespace train_backbone::ops
