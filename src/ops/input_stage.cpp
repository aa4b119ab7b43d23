#include "train_backbone/ops/input_stage.h"

#include <ATen/ops/empty.h>

#include <algorithm>
#include <vector>

#include "ops/upload.h"

namespace train_backbone::ops {

InputStage::InputStage(c10::Device device)
    : device_(device), upload_(device.is_cpu() ? nullptr : std::make_unique<Upload>(device)) {}

InputStage::~InputStage() = default;

at::Tensor InputStage::place(std::span<const uint8_t> pixels, const ImageShape& shape) {
  const std::vector<int64_t> sizes{shape.count, shape.height, shape.width, 3};
  if (upload_) return (*upload_)(pixels).view(sizes);
  const at::Tensor copy = at::empty({static_cast<int64_t>(pixels.size())}, at::kByte);
  std::copy(pixels.begin(), pixels.end(), copy.mutable_data_ptr<uint8_t>());
  return copy.view(sizes);
}

at::Tensor InputStage::images(std::span<const uint8_t> pixels, const ImageShape& shape,
                              const Normalisation& normalisation, std::span<const MixPartner> mix,
                              at::ScalarType type) {
  if (upload_) {
    return normalised_images(place(pixels, shape), normalisation, place(mix), type);
  }
  const std::vector<int64_t> sizes{shape.count, 3, shape.height, shape.width};
  if (!images_.defined() || images_.sizes() != at::IntArrayRef(sizes)) {
    images_ = empty_images(shape.count, shape.height, shape.width);
  }
  normalise_and_mix(pixels, normalisation, mix, images_);
  return images_.to(type);
}

double InputStage::seconds_waited() const { return upload_ ? upload_->seconds_waited() : 0; }

at::Tensor InputStage::place(const at::Tensor& host) const {
  return device_.is_cpu() || !host.defined() ? host : copy_to_gpu(host, device_);
}

}  // namespace train_backbone::ops
