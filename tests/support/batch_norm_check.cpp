#include "tests/support/batch_norm_check.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

#include "tests/support/batch_norm_reference.h"
#include "tests/support/hashed_values.h"
#include "tests/support/storage_rounding.h"

namespace train_backbone::test {
namespace {

constexpr double kTolerance = 1e-5;

at::Tensor channels(const std::string& name, int64_t count) {
  return at::tensor(hashed_values(name, count)).to(at::kFloat);
}

// In the order of memory: rows of channels.
std::vector<double> listed(const at::Tensor& tensor) {
  if (!tensor.defined()) return {};
  at::Tensor flat = tensor.dim() == 4 ? tensor.permute({0, 2, 3, 1}) : tensor;
  flat = flat.cpu().to(at::kDouble).contiguous();
  return {flat.const_data_ptr<double>(), flat.const_data_ptr<double>() + flat.numel()};
}

StorageRounding rounding_of(at::ScalarType type) {
  if (type == at::kBFloat16) return kBfloat16Rounding;
  return type == at::kHalf ? kHalfRounding : kNoRounding;
}

NormInputs inputs_of(const NormSample& s) {
  const auto c = static_cast<size_t>(s.x.size(1));
  return {.rows = static_cast<size_t>(s.x.numel()) / c,
          .channels = c,
          .negative_slope = s.settings.negative_slope,
          .epsilon = s.settings.epsilon,
          .x = listed(s.x),
          .residual = listed(s.residual),
          .weight = listed(s.weight),
          .bias = listed(s.bias)};
}

double error(const at::Tensor& tensor, const std::vector<double>& wanted,
             const std::vector<double>& scale, const StorageRounding& allowed = kNoRounding) {
  return largest_error(listed(tensor), wanted, scale, allowed);
}

void expect_forward(double share, const NormInputs& in, const NormOutputs& out,
                    const NormResult& got) {
  const double unbiased = static_cast<double>(in.rows) / static_cast<double>(in.rows - 1);
  std::vector<double> spread;
  std::vector<double> running_mean;
  std::vector<double> running_var;
  std::vector<double> running_scale;
  for (size_t c = 0; c < in.channels; ++c) {
    // The mean's error is in proportion to the values, whose spread may exceed it.
    spread.push_back(std::fabs(out.mean[c]) + std::sqrt(out.variance[c]));
    running_mean.push_back((1 - share) * kRunningMean + share * out.mean[c]);
    running_var.push_back((1 - share) * kRunningVariance + share * unbiased * out.variance[c]);
    running_scale.push_back(kRunningMean + spread[c]);
  }
  EXPECT_LE(error(got.forward.mean, out.mean, spread), kTolerance);
  EXPECT_LE(error(got.forward.inverse_deviation, out.inverse_deviation, out.inverse_deviation),
            kTolerance);
  EXPECT_LE(error(got.running_mean, running_mean, running_scale), kTolerance);
  EXPECT_LE(error(got.running_var, running_var, running_var), kTolerance);
  EXPECT_LE(
      error(got.forward.output, out.y, out.y_scale, rounding_of(got.forward.output.scalar_type())),
      kTolerance);
}

void expect_backward(const NormSample& s, const NormInputs& in, const NormOutputs& out,
                     const NormResult& got) {
  const StorageRounding rounding = rounding_of(s.x.scalar_type());
  const NormGradients wanted = norm_reference_backward(
      in, out, listed(s.dy), listed(got.forward.output), listed(got.backward.residual));
  EXPECT_LE(error(got.backward.weight, wanted.weight, wanted.weight_scale), kTolerance);
  EXPECT_LE(error(got.backward.bias, wanted.bias, wanted.bias_scale), kTolerance);
  EXPECT_LE(error(got.backward.input, wanted.input, wanted.input_scale, rounding), kTolerance);
  if (!s.residual.defined()) return;
  EXPECT_LE(error(got.backward.residual, wanted.residual, wanted.residual, rounding), 1e-6);
}

}  // namespace

at::Tensor hashed_image(const std::string& name, const NormShape& shape, at::ScalarType type) {
  const int64_t count = shape.n * shape.c * shape.h * shape.w;
  return at::tensor(hashed_values(name, count))
      .view({shape.n, shape.c, shape.h, shape.w})
      .to(type)
      .contiguous(at::MemoryFormat::ChannelsLast);
}

NormSample NormSample::on(c10::Device device) const {
  NormSample moved = *this;
  for (at::Tensor* tensor : {&moved.x, &moved.residual, &moved.dy, &moved.weight, &moved.bias}) {
    if (tensor->defined()) *tensor = tensor->to(device);
  }
  return moved;
}

NormSample norm_sample(const NormShape& shape, float slope, bool residual, at::ScalarType type) {
  const std::string name = std::to_string(shape.c) + "x" + std::to_string(shape.h);
  at::Tensor x = hashed_image("x" + name, shape, at::kFloat);
  x = x * (channels("s", shape.c).view({1, -1, 1, 1}) + 1.5) +
      5 * channels("m", shape.c).view({1, -1, 1, 1});
  NormSample sample{.x = x.to(type).contiguous(at::MemoryFormat::ChannelsLast),
                    .residual = {},
                    .dy = hashed_image("dy" + name, shape, type),
                    .weight = channels("w", shape.c),
                    .bias = channels("b", shape.c),
                    .settings = {.negative_slope = slope}};
  if (residual) sample.residual = hashed_image("r" + name, shape, type);
  return sample;
}

NormResult run_norm(const NormSample& s) {
  NormResult result;
  result.running_mean = at::full_like(s.weight, kRunningMean);
  result.running_var = at::full_like(s.weight, kRunningVariance);
  result.forward = ops::batch_norm_act_forward(s.x, s.residual, {s.weight, s.bias},
                                               result.running_mean, result.running_var, s.settings);
  const at::Tensor output = s.residual.defined() ? result.forward.output : at::Tensor();
  result.backward = ops::batch_norm_act_backward(
      s.dy, {s.x, output, s.weight, s.bias, result.forward.mean, result.forward.inverse_deviation},
      s.settings.negative_slope);
  return result;
}

void expect_norm_reference(const NormSample& sample) {
  const NormResult got = run_norm(sample);
  const NormInputs in = inputs_of(sample);
  const NormOutputs out = norm_reference(in);
  expect_forward(sample.settings.new_share, in, out, got);
  expect_backward(sample, in, out, got);
}

}  // namespace train_backbone::test
