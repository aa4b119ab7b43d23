#pragma once

// What the two passes of batch_norm_act do with tensors.
#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

#include "ops/bfloat16.h"
#include "ops/row_units.h"
#include "train_backbone/ops/batch_norm_act.h"

namespace train_backbone::ops {

template <class T>
T* elements(const at::Tensor& tensor) {
  return tensor.defined() ? static_cast<T*>(tensor.data_ptr()) : nullptr;
}

inline const float* values(const at::Tensor& tensor) { return tensor.const_data_ptr<float>(); }

// Calls work with a value of the images' storage type.
template <class Work>
void with_storage(const at::Tensor& image, const Work& work) {
  if (image.scalar_type() == at::kFloat) {
    work(float{});
  } else {
    work(Bfloat16{});
  }
}

at::Tensor channels_last(const at::Tensor& image);
at::Tensor image_like(const at::Tensor& image);  // empty, channels-last
at::Tensor per_channel(int64_t channels);        // empty, fp32
RowUnits units_of(const at::Tensor& image);

// weight / deviation, the factor of forward and backward alike.
std::vector<float> scale_of(const at::Tensor& weight, const at::Tensor& inverse_deviation);

// Throw std::invalid_argument that says `name`.
void check_image(const at::Tensor& image, const char* name, const at::Tensor& input);
void check_channels(const at::Tensor& tensor, const char* name, const at::Tensor& input);

}  // namespace train_backbone::ops
