#include <vector>

#include "ops/batch_norm_act_cpu.h"
#include "ops/batch_norm_act_tensors.h"
#include "ops/gpu_kernels.h"
#include "ops/row_sums.h"
#include "ops/row_units.h"
#include "train_backbone/ops/batch_norm_act.h"

namespace train_backbone::ops {
namespace {

// The tensors of one backward pass, channels-last.
struct Images {
  at::Tensor input;
  at::Tensor gradient;  // dy
  at::Tensor output;    // defined where dz is
  at::Tensor masked;    // dz, to be written by the sums
};

void check_saved(const at::Tensor& gradient, const BatchNormActSaved& saved) {
  check_image(saved.input, "the input", saved.input);
  check_image(gradient, "the gradient", saved.input);
  if (saved.output.defined()) check_image(saved.output, "the output", saved.input);
  check_channels(saved.weight, "weight", saved.input);
  check_channels(saved.bias, "bias", saved.input);
  check_channels(saved.mean, "mean", saved.input);
  check_channels(saved.inverse_deviation, "inverse_deviation", saved.input);
}

Images images_of(const at::Tensor& gradient, const BatchNormActSaved& saved, bool mask_needed) {
  Images images{.input = channels_last(saved.input),
                .gradient = channels_last(gradient),
                .output = {},
                .masked = {}};
  if (!saved.output.defined()) return images;
  if (!mask_needed) return images;
  images.output = channels_last(saved.output);
  images.masked = image_like(images.input);
  return images;
}

ChannelSums gradient_sums(const Images& images, const NormFactors& factors) {
  ChannelSums sums;
  with_storage(images.input, [&]<class T>(T) {
    const T* const x = elements<const T>(images.input);
    const T* const dy = elements<const T>(images.gradient);
    const T* const y = elements<const T>(images.output);
    T* const dz = elements<T>(images.masked);
    sums = sum_over_rows(
        units_of(images.input),
        [&](int64_t offset, int64_t channel, RowBlock block, double* first, double* second) {
          norm_gradient_sums_cpu(x + offset, dy + offset, y == nullptr ? nullptr : y + offset,
                                 factors.from(channel), block,
                                 dz == nullptr ? nullptr : dz + offset, first, second);
        });
  });
  return sums;
}

void write_input_gradient(const at::Tensor& input, const at::Tensor& gradient,
                          const NormFactors& factors, const GradientFactors& gradient_factors,
                          const at::Tensor& result) {
  with_storage(input, [&]<class T>(T) {
    const T* const x = elements<const T>(input);
    const T* const dy = elements<const T>(gradient);
    T* const dx = elements<T>(result);
    write_rows(units_of(input), [&](int64_t offset, RowBlock block) {
      norm_input_gradient_cpu(x + offset, dy + offset, factors, gradient_factors, block,
                              dx + offset);
    });
  });
}

}  // namespace

BatchNormActGradients batch_norm_act_backward(const at::Tensor& gradient,
                                              const BatchNormActSaved& saved,
                                              float negative_slope) {
  check_saved(gradient, saved);
  if (!saved.input.is_cpu()) return batch_norm_act_backward_gpu(gradient, saved, negative_slope);
  const Images images = images_of(gradient, saved, negative_slope != 1.0F);
  const int64_t channels = saved.input.size(1);
  const std::vector<float> scale = scale_of(saved.weight, saved.inverse_deviation);
  NormFactors factors{.mean = values(saved.mean),
                      .scale = scale.data(),
                      .bias = values(saved.bias),
                      .negative_slope = negative_slope};
  const ChannelSums sums = gradient_sums(images, factors);

  BatchNormActGradients result{.input = image_like(images.input),
                               .weight = per_channel(channels),
                               .bias = per_channel(channels),
                               .residual = {}};
  std::vector<float> offset(scale.size());
  std::vector<float> tilt(scale.size());
  const double count = static_cast<double>(images.input.numel()) / static_cast<double>(channels);
  for (size_t c = 0; c < scale.size(); ++c) {
    const double inverse = values(saved.inverse_deviation)[c];
    const double factor = values(saved.weight)[c] * inverse / count;
    result.weight.mutable_data_ptr<float>()[c] = static_cast<float>(sums.second[c] * inverse);
    result.bias.mutable_data_ptr<float>()[c] = static_cast<float>(sums.first[c]);
    offset[c] = static_cast<float>(factor * sums.first[c]);
    tilt[c] = static_cast<float>(factor * inverse * inverse * sums.second[c]);
  }
  if (saved.output.defined()) {
    result.residual = images.masked.defined() ? images.masked : images.gradient;
    factors.negative_slope = 1;
  }
  write_input_gradient(images.input, result.residual.defined() ? result.residual : images.gradient,
                       factors, {.offset = offset.data(), .tilt = tilt.data()}, result.input);
  return result;
}

}  // namespace train_backbone::ops
