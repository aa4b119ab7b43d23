#include "train_backbone/ops/batch_norm_act.h"

#include <cmath>
#include <stdexcept>
#include <vector>

#include "ops/batch_norm_act_cpu.h"
#include "ops/batch_norm_act_tensors.h"
#include "ops/gpu_kernels.h"
#include "ops/row_sums.h"
#include "ops/row_units.h"

namespace train_backbone::ops {
namespace {

void move_towards(const at::Tensor& running, size_t channel, double now, double new_share) {
  float& value = running.mutable_data_ptr<float>()[channel];
  value = static_cast<float>((1 - new_share) * static_cast<double>(value) + new_share * now);
}

// The input's statistics, into `result` and the running ones.
void collect(const at::Tensor& input, const at::Tensor& running_mean, const at::Tensor& running_var,
             const BatchNormActSettings& settings, BatchNormActOutput& result) {
  const RowUnits units = units_of(input);
  const auto count = static_cast<double>(units.rows());
  // Distances from the first row, for no digits to be lost where the mean is large.
  std::vector<float> shift(static_cast<size_t>(units.channels()));
  ChannelSums sums;
  with_storage(input, [&]<class T>(T) {
    const T* const x = elements<const T>(input);
    for (size_t c = 0; c < shift.size(); ++c) shift[c] = to_float(x[c]);
    sums = sum_over_rows(
        units, [&](int64_t offset, int64_t channel, RowBlock block, double* first, double* second) {
          norm_moments_cpu(x + offset, shift.data() + channel, block, first, second);
        });
  });
  for (size_t c = 0; c < shift.size(); ++c) {
    const double distance = sums.first[c] / count;
    const double mean = static_cast<double>(shift[c]) + distance;
    double squares = sums.second[c] - sums.first[c] * distance;
    if (squares < 0) squares = 0;  // rounding, where all values are alike
    const double deviation = std::sqrt(squares / count + settings.epsilon);
    result.mean.mutable_data_ptr<float>()[c] = static_cast<float>(mean);
    result.inverse_deviation.mutable_data_ptr<float>()[c] = static_cast<float>(1 / deviation);
    move_towards(running_mean, c, mean, settings.new_share);
    move_towards(running_var, c, squares / (count - 1), settings.new_share);
  }
}

}  // namespace

BatchNormActOutput batch_norm_act_forward(const at::Tensor& input, const at::Tensor& residual,
                                          const BatchNormActParameters& parameters,
                                          const at::Tensor& running_mean,
                                          const at::Tensor& running_var,
                                          const BatchNormActSettings& settings) {
  check_image(input, "the input", input);
  const int64_t channels = input.size(1);
  check_channels(running_mean, "running_mean", input);
  check_channels(running_var, "running_var", input);
  if (input.numel() < 2 * channels) {
    throw std::invalid_argument(
        "batch_norm_act: training needs more than one value per channel; use larger batches");
  }
  if (!input.is_cpu()) {
    if (residual.defined()) check_image(residual, "the residual", input);
    check_channels(parameters.weight, "weight", input);
    check_channels(parameters.bias, "bias", input);
    return batch_norm_act_forward_gpu(input, residual, parameters, running_mean, running_var,
                                      settings);
  }
  const at::Tensor x = channels_last(input);
  BatchNormActOutput result{
      .output = {}, .mean = per_channel(channels), .inverse_deviation = per_channel(channels)};
  collect(x, running_mean, running_var, settings, result);
  result.output = batch_norm_act_apply(x, residual, parameters, result.mean,
                                       result.inverse_deviation, settings.negative_slope);
  return result;
}

at::Tensor batch_norm_act_apply(const at::Tensor& input, const at::Tensor& residual,
                                const BatchNormActParameters& parameters, const at::Tensor& mean,
                                const at::Tensor& inverse_deviation, float negative_slope) {
  check_image(input, "the input", input);
  if (residual.defined()) check_image(residual, "the residual", input);
  check_channels(parameters.weight, "weight", input);
  check_channels(parameters.bias, "bias", input);
  check_channels(mean, "mean", input);
  check_channels(inverse_deviation, "inverse_deviation", input);
  if (!input.is_cpu()) {
    return batch_norm_act_apply_gpu(input, residual, parameters, mean, inverse_deviation,
                                    negative_slope);
  }
  const at::Tensor x = channels_last(input);
  const at::Tensor added = residual.defined() ? channels_last(residual) : residual;
  at::Tensor output = image_like(x);
  const std::vector<float> scale = scale_of(parameters.weight, inverse_deviation);
  const NormFactors factors{.mean = values(mean),
                            .scale = scale.data(),
                            .bias = values(parameters.bias),
                            .negative_slope = negative_slope};
  with_storage(x, [&]<class T>(T) {
    const T* const from = elements<const T>(x);
    const T* const other = elements<const T>(added);
    T* const to = elements<T>(output);
    write_rows(units_of(x), [&](int64_t offset, RowBlock block) {
      norm_apply_cpu(from + offset, other == nullptr ? nullptr : other + offset, factors, block,
                     to + offset);
    });
  });
  return output;
}

}  // namespace train_backbone::ops
