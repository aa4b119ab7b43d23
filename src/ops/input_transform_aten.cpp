#include "ops/input_transform_aten.h"

#include <ATen/ops/empty.h>
#include <ATen/ops/tensor.h>

#include "ops/gpu_kernels.h"
#include "ops/upload.h"

namespace train_backbone::ops {

MixTensors mix_tensors(std::span<const MixPartner> mix, c10::Device device) {
  if (mix.empty()) return {};
  const auto count = static_cast<int64_t>(mix.size());
  const at::Tensor partner = at::empty({count}, at::kLong);
  const at::Tensor weight = at::empty({count}, at::kFloat);
  for (int64_t i = 0; i < count; ++i) {
    const MixPartner& own = mix[static_cast<size_t>(i)];
    partner.mutable_data_ptr<int64_t>()[i] = own.partner;
    // Mixed with itself a sample stays as it is, to the bit.
    weight.mutable_data_ptr<float>()[i] = own.partner == i ? 1.0F : own.weight;
  }
  if (device.is_cpu()) return {.partner = partner, .weight = weight};
  return {.partner = copy_to_gpu(partner, device), .weight = copy_to_gpu(weight, device)};
}

at::Tensor normalise_and_mix_aten(const at::Tensor& pixels, const Normalisation& normalisation,
                                  const MixTensors& mix) {
  at::Tensor images = pixels.to(at::kFloat);
  // One channel after the other: their numbers go into the kernels as arguments, not as copies.
  for (int64_t channel = 0; channel < 3; ++channel) {
    const auto place = static_cast<size_t>(channel);
    images.select(3, channel).sub_(normalisation.mean[place]).div_(normalisation.deviation[place]);
  }
  if (mix.partner.defined()) {
    const at::Tensor weight = mix.weight.view({-1, 1, 1, 1});
    images = images * weight + images.index_select(0, mix.partner) * (1 - weight);
  }
  return images.permute({0, 3, 1, 2});
}

at::Tensor normalised_images(const at::Tensor& pixels, const Normalisation& normalisation,
                             const MixTensors& mix, at::ScalarType type) {
  if (pixels.is_cuda() && has_gpu_kernels()) {
    return normalise_and_mix_gpu(pixels, normalisation, mix, type);
  }
  return normalise_and_mix_aten(pixels, normalisation, mix).to(type);
}

}  // namespace train_backbone::ops
