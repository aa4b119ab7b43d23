// The kernels of batch_norm_act on a GPU.
#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <limits>
#include <tuple>

#include "tests/gpu/gpu.h"
#include "tests/support/batch_norm_check.h"

namespace train_backbone::ops {
namespace {

using test::gpu;
using test::norm_sample;
using test::NormResult;
using test::NormSample;
using test::run_norm;
using Shape = test::NormShape;

constexpr auto kTypes = {at::kFloat, at::kBFloat16, at::kHalf};
constexpr auto kSlopes = {1.0F, 0.0F, 0.1F};

void expect_the_reference_with_and_without_residual(const Shape& shape, at::ScalarType type) {
  for (const float slope : kSlopes) {
    for (const bool residual : {false, true}) {
      SCOPED_TRACE(testing::Message()
                   << shape.n << " x " << shape.c << " x " << shape.h << " x " << shape.w
                   << ", slope " << slope << ", residual " << residual << ", " << type);
      test::expect_norm_reference(norm_sample(shape, slope, residual, type).on(gpu()));
    }
  }
}

// Threads own 1, 2, 4 or 8 channels; slices, rows and blocks do not divide evenly.
TEST(GpuNorm, EqualsTheFp64ReferenceForShapesThatDoNotDivideEvenly) {
  for (const Shape& shape :
       {Shape{2, 1, 1, 1}, Shape{3, 5, 3, 3}, Shape{2, 18, 5, 7}, Shape{4, 64, 9, 9},
        Shape{2, 300, 6, 5}, Shape{33, 520, 1, 1}, Shape{3, 36, 31, 29}, Shape{2, 2048, 7, 7}}) {
    for (const at::ScalarType type : kTypes) {
      expect_the_reference_with_and_without_residual(shape, type);
    }
  }
}

TEST(GpuNorm, EqualsTheFp64ReferenceWhereEveryMultiprocessorHasWork) {
  for (const at::ScalarType type : kTypes) {
    expect_the_reference_with_and_without_residual({9, 64, 61, 59}, type);
  }
}

struct TorchResult {
  at::Tensor output, input, weight, bias, residual, running_mean, running_var;
};

// torch's own operations in fp64 on the CPU. The sign is that of `output`: where the sum is nearly
// zero nobody can say which it is.
TorchResult by_torch(const NormSample& s, const at::Tensor& output) {
  const at::Tensor x = s.x.to(at::kDouble);
  const at::Tensor weight = s.weight.to(at::kDouble);
  const double slope = s.settings.negative_slope;
  TorchResult result;
  result.running_mean = at::full_like(weight, test::kRunningMean);
  result.running_var = at::full_like(weight, test::kRunningVariance);
  const auto [normal, mean, deviation] =
      at::native_batch_norm(x, weight, s.bias.to(at::kDouble), result.running_mean,
                            result.running_var, true, s.settings.new_share, s.settings.epsilon);
  const at::Tensor sum = s.residual.defined() ? normal + s.residual : normal;
  result.output = at::leaky_relu(sum, slope);
  const at::Tensor dy = s.dy.to(at::kDouble);
  result.residual = at::where(output > 0, dy, slope * dy);
  std::tie(result.input, result.weight, result.bias) = at::native_batch_norm_backward(
      result.residual, x, weight, result.running_mean, result.running_var, mean, deviation, true,
      s.settings.epsilon, {true, true, true});
  return result;
}

bool is_close(const at::Tensor& on_gpu, const at::Tensor& wanted) {
  return at::allclose(on_gpu.cpu().to(at::kDouble), wanted, 1e-5, 1e-4);
}

TEST(GpuNorm, EqualsTorchInFp64) {
  for (const float slope : kSlopes) {
    for (const bool residual : {false, true}) {
      SCOPED_TRACE(testing::Message() << "slope " << slope << ", residual " << residual);
      const NormSample sample = norm_sample({6, 44, 13, 11}, slope, residual, at::kFloat);
      const NormResult got = run_norm(sample.on(gpu()));
      const TorchResult wanted = by_torch(sample, got.forward.output.cpu());
      EXPECT_TRUE(is_close(got.forward.output, wanted.output));
      EXPECT_TRUE(is_close(got.running_mean, wanted.running_mean));
      EXPECT_TRUE(is_close(got.running_var, wanted.running_var));
      EXPECT_TRUE(is_close(got.backward.input, wanted.input));
      EXPECT_TRUE(is_close(got.backward.weight, wanted.weight));
      EXPECT_TRUE(is_close(got.backward.bias, wanted.bias));
      if (residual) {
        EXPECT_TRUE(is_close(got.backward.residual, wanted.residual));
      }
    }
  }
}

// As evaluation does, with statistics that are not the batch's.
TEST(GpuNorm, GivenStatisticsAreUsedAsTheyAre) {
  for (const at::ScalarType type : {at::kFloat, at::kBFloat16}) {
    const NormSample s = norm_sample({3, 20, 7, 5}, 0.1F, true, type);
    const NormSample moved = s.on(gpu());
    const at::Tensor mean = s.bias * 0.5;
    const at::Tensor inverse = s.weight.abs() + 0.25;
    const at::Tensor wanted =
        batch_norm_act_apply(s.x, s.residual, {s.weight, s.bias}, mean, inverse, 0.1F);
    const at::Tensor got = batch_norm_act_apply(moved.x, moved.residual, {moved.weight, moved.bias},
                                                mean.to(gpu()), inverse.to(gpu()), 0.1F);
    const double rounding = type == at::kFloat ? 1e-6 : 0x1p-7;
    EXPECT_TRUE(at::allclose(got.cpu().to(at::kFloat), wanted.to(at::kFloat), rounding, 1e-5));
  }
}

bool are_equal(const NormResult& a, const NormResult& b) {
  return at::equal(a.forward.output, b.forward.output) &&
         at::equal(a.forward.mean, b.forward.mean) && at::equal(a.running_var, b.running_var) &&
         at::equal(a.backward.input, b.backward.input) &&
         at::equal(a.backward.weight, b.backward.weight) &&
         at::equal(a.backward.residual, b.backward.residual);
}

TEST(GpuNorm, EveryRunGivesTheSameBits) {
  for (const at::ScalarType type : kTypes) {
    const NormSample sample = norm_sample({7, 96, 33, 31}, 0.0F, true, type).on(gpu());
    const NormResult first = run_norm(sample);
    for (int i = 0; i < 20; ++i) EXPECT_TRUE(are_equal(run_norm(sample), first));
  }
}

// The same values in memory that does not begin at a word, which is what the kernels read at once.
at::Tensor beside_a_word(const at::Tensor& image) {
  const at::Tensor rows = image.permute({0, 2, 3, 1});
  const at::Tensor flat = at::empty({rows.numel() + 1}, image.options());
  const at::Tensor moved = flat.narrow(0, 1, rows.numel()).view(rows.sizes()).copy_(rows);
  EXPECT_NE(reinterpret_cast<uintptr_t>(moved.const_data_ptr()) % 16, 0U);
  return moved.permute({0, 3, 1, 2});
}

TEST(GpuNorm, EveryImageLayoutGivesTheSame) {
  const NormSample sample = norm_sample({3, 8, 5, 3}, 0.0F, true, at::kHalf).on(gpu());
  const NormResult wanted = run_norm(sample);
  NormSample channels_first = sample;
  NormSample moved = sample;
  for (at::Tensor NormSample::*const image :
       {&NormSample::x, &NormSample::residual, &NormSample::dy}) {
    channels_first.*image = (sample.*image).contiguous();
    moved.*image = beside_a_word(sample.*image);
  }
  EXPECT_TRUE(are_equal(run_norm(channels_first), wanted));
  EXPECT_TRUE(are_equal(run_norm(moved), wanted));
}

TEST(GpuNorm, NanIsNotHidden) {
  for (const at::ScalarType type : kTypes) {
    const NormSample s = norm_sample({2, 3, 4, 4}, 0.0F, false, type).on(gpu());
    s.x.select(1, 1).fill_(std::numeric_limits<float>::quiet_NaN());
    const NormResult got = run_norm(s);
    EXPECT_TRUE(got.forward.output.select(1, 1).isnan().all().item<bool>());
    EXPECT_TRUE(got.backward.input.select(1, 1).isnan().all().item<bool>());
    EXPECT_TRUE(got.running_var.isnan()[1].item<bool>());
    EXPECT_FALSE(got.forward.output.select(1, 0).isnan().any().item<bool>());
  }
}

}  // namespace
}  // namespace train_backbone::ops
