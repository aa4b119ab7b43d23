#include "train_backbone/ops/batch_norm_act.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <gtest/gtest.h>

#include <limits>
#include <stdexcept>

#include "tests/support/batch_norm_reference.h"
#include "tests/support/hashed_values.h"
#include "tests/support/storage_rounding.h"

namespace train_backbone::ops {
namespace {

// One batch with everything that goes in.
struct Sample {
  at::Tensor x, residual, dy, weight, bias;
  BatchNormActSettings settings;
};

struct Shape {
  int64_t n, c, h, w;
};

at::Tensor image(const std::string& name, const Shape& shape, at::ScalarType type) {
  const int64_t count = shape.n * shape.c * shape.h * shape.w;
  return at::tensor(test::hashed_values(name, count))
      .view({shape.n, shape.c, shape.h, shape.w})
      .to(type)
      .contiguous(at::MemoryFormat::ChannelsLast);
}

at::Tensor channels(const std::string& name, int64_t count) {
  return at::tensor(test::hashed_values(name, count)).to(at::kFloat);
}

Sample make_sample(const Shape& shape, float slope, bool residual, at::ScalarType type) {
  const std::string name = std::to_string(shape.c) + "x" + std::to_string(shape.h);
  // Means of up to ten deviations, and channels of different scales.
  at::Tensor x = image("x" + name, shape, at::kFloat);
  x = x * (channels("s", shape.c).view({1, -1, 1, 1}) + 1.5) +
      5 * channels("m", shape.c).view({1, -1, 1, 1});
  Sample sample{.x = x.to(type).contiguous(at::MemoryFormat::ChannelsLast),
                .residual = {},
                .dy = image("dy" + name, shape, type),
                .weight = channels("w", shape.c),
                .bias = channels("b", shape.c),
                .settings = {.negative_slope = slope}};
  if (residual) sample.residual = image("r" + name, shape, type);
  return sample;
}

struct Result {
  BatchNormActOutput forward;
  BatchNormActGradients backward;
  at::Tensor running_mean, running_var;
};

Result run(const Sample& s) {
  Result result;
  result.running_mean = at::full({s.weight.numel()}, 0.5);
  result.running_var = at::full({s.weight.numel()}, 2.0);
  result.forward = batch_norm_act_forward(s.x, s.residual, {s.weight, s.bias}, result.running_mean,
                                          result.running_var, s.settings);
  const at::Tensor output = s.residual.defined() ? result.forward.output : at::Tensor();
  result.backward = batch_norm_act_backward(
      s.dy, {s.x, output, s.weight, s.bias, result.forward.mean, result.forward.inverse_deviation},
      s.settings.negative_slope);
  return result;
}

// In the order of memory: rows of channels.
std::vector<double> listed(const at::Tensor& tensor) {
  if (!tensor.defined()) return {};
  at::Tensor flat = tensor.dim() == 4 ? tensor.permute({0, 2, 3, 1}) : tensor;
  flat = flat.to(at::kDouble).contiguous();
  return {flat.const_data_ptr<double>(), flat.const_data_ptr<double>() + flat.numel()};
}

void expect_the_reference(const Sample& s) {
  const Result got = run(s);
  const bool half = s.x.scalar_type() == at::kBFloat16;
  const auto c = static_cast<size_t>(s.x.size(1));
  const test::NormInputs in{.rows = static_cast<size_t>(s.x.numel()) / c,
                            .channels = c,
                            .negative_slope = s.settings.negative_slope,
                            .epsilon = s.settings.epsilon,
                            .x = listed(s.x),
                            .residual = listed(s.residual),
                            .weight = listed(s.weight),
                            .bias = listed(s.bias)};
  const test::NormOutputs out = test::norm_reference(in);
  const test::StorageRounding rounding = half ? test::kBfloat16Rounding : test::kNoRounding;
  const test::NormGradients gradients = test::norm_reference_backward(
      in, out, listed(s.dy), listed(got.forward.output), listed(got.backward.residual));
  const auto error = [](const at::Tensor& tensor, const std::vector<double>& wanted,
                        const std::vector<double>& scale,
                        const test::StorageRounding& allowed = test::kNoRounding) {
    return test::largest_error(listed(tensor), wanted, scale, allowed);
  };
  EXPECT_LE(error(got.forward.mean, out.mean, out.mean), 1e-5);
  EXPECT_LE(error(got.forward.inverse_deviation, out.inverse_deviation, out.inverse_deviation),
            1e-5);
  EXPECT_LE(error(got.forward.output, out.y, out.y_scale, rounding), 1e-5);
  EXPECT_LE(error(got.backward.weight, gradients.weight, gradients.weight_scale), 1e-5);
  EXPECT_LE(error(got.backward.bias, gradients.bias, gradients.bias_scale), 1e-5);
  EXPECT_LE(error(got.backward.input, gradients.input, gradients.input_scale, rounding), 1e-5);
  if (s.residual.defined()) {
    EXPECT_LE(error(got.backward.residual, gradients.residual, gradients.residual, rounding), 1e-6);
  }
}

class BatchNormAct : public testing::Test {
 protected:
  ~BatchNormAct() override { at::set_num_threads(before_); }

 private:
  int before_ = at::get_num_threads();
};

TEST_F(BatchNormAct, EqualsTheFp64Reference) {
  for (const Shape& shape : {Shape{2, 1, 1, 1}, Shape{3, 5, 3, 3}, Shape{2, 18, 5, 7},
                             Shape{4, 64, 9, 9}, Shape{2, 300, 6, 5}, Shape{33, 520, 1, 1}}) {
    for (const float slope : {1.0F, 0.0F, 0.1F}) {
      for (const bool residual : {false, true}) {
        for (const at::ScalarType type : {at::kFloat, at::kBFloat16}) {
          SCOPED_TRACE(::testing::Message() << shape.c << " channels, slope " << slope
                                            << ", residual " << residual << ", " << type);
          expect_the_reference(make_sample(shape, slope, residual, type));
        }
      }
    }
  }
}

TEST_F(BatchNormAct, EqualsTorch) {
  const Sample s = make_sample({4, 24, 11, 10}, 0.0F, true, at::kFloat);
  const Result got = run(s);
  const at::Tensor mean = at::full({24}, 0.5);
  const at::Tensor variance = at::full({24}, 2.0);
  const auto [normal, m, d] =
      at::native_batch_norm(s.x, s.weight, s.bias, mean, variance, true, 0.1, 1e-5);
  const at::Tensor y = at::relu(normal + s.residual);
  const at::Tensor dz = at::threshold_backward(s.dy, got.forward.output, 0);
  const auto [dx, dw, db] = at::native_batch_norm_backward(dz, s.x, s.weight, mean, variance, m, d,
                                                           true, 1e-5, {true, true, true});
  EXPECT_TRUE(at::allclose(got.forward.output, y, 1e-5, 1e-5));
  EXPECT_TRUE(at::allclose(got.running_mean, mean, 1e-6, 1e-6));
  EXPECT_TRUE(at::allclose(got.running_var, variance, 1e-6, 1e-6));
  EXPECT_TRUE(at::allclose(got.backward.input, dx, 1e-5, 1e-5));
  EXPECT_TRUE(at::allclose(got.backward.weight, dw, 1e-5, 1e-4));
  EXPECT_TRUE(at::allclose(got.backward.bias, db, 1e-5, 1e-4));
  EXPECT_TRUE(at::equal(got.backward.residual, dz));
}

TEST_F(BatchNormAct, IsBitwiseTheSameForAnyNumberOfThreads) {
  for (const Shape& shape : {Shape{5, 48, 19, 17}, Shape{3, 600, 11, 9}}) {
    const Sample sample = make_sample(shape, 0.1F, true, at::kFloat);
    std::vector<at::Tensor> results;
    for (const int threads : {1, 2, 5}) {
      at::set_num_threads(threads);
      const Result got = run(sample);
      results.push_back(at::cat({got.forward.output.flatten(), got.forward.inverse_deviation,
                                 got.running_mean, got.running_var, got.backward.input.flatten(),
                                 got.backward.weight, got.backward.residual.flatten()}));
    }
    EXPECT_TRUE(at::equal(results[0], results[1]));
    EXPECT_TRUE(at::equal(results[0], results[2]));
  }
}

TEST_F(BatchNormAct, KeepsItsDigitsFarFromZero) {
  // Deviation 1/4 around 4096: in fp32 E[x^2] - E[x]^2 would have no digit left.
  const at::Tensor pattern = at::tensor({-0.25F, 0.25F}).repeat({200});
  const at::Tensor x = (pattern + 4096).view({400, 1, 1, 1});
  Sample s = make_sample({400, 1, 1, 1}, 1.0F, false, at::kFloat);
  s.x = x;
  s.settings.epsilon = 0;
  const Result got = run(s);
  EXPECT_EQ(got.forward.mean.item<float>(), 4096);
  EXPECT_EQ(got.forward.inverse_deviation.item<float>(), 4);
}

TEST_F(BatchNormAct, EveryImageLayoutGivesTheSame) {
  Sample s = make_sample({2, 6, 5, 4}, 0.0F, true, at::kFloat);
  const Result last = run(s);
  for (at::Tensor* tensor : {&s.x, &s.residual, &s.dy}) *tensor = tensor->contiguous();
  const Result first = run(s);
  EXPECT_TRUE(at::equal(last.forward.output, first.forward.output));
  EXPECT_TRUE(at::equal(last.backward.input, first.backward.input));
  EXPECT_TRUE(at::equal(last.backward.residual, first.backward.residual));
}

TEST_F(BatchNormAct, NanIsNotHidden) {
  for (const at::ScalarType type : {at::kFloat, at::kBFloat16}) {
    Sample s = make_sample({2, 3, 4, 4}, 0.0F, false, type);
    s.x.select(1, 1).fill_(std::numeric_limits<float>::quiet_NaN());
    const Result got = run(s);
    EXPECT_TRUE(got.forward.output.select(1, 1).isnan().all().item<bool>());
    EXPECT_TRUE(got.backward.input.select(1, 1).isnan().all().item<bool>());
    EXPECT_TRUE(got.running_var.isnan()[1].item<bool>());
    EXPECT_FALSE(got.forward.output.select(1, 0).isnan().any().item<bool>());
  }
}

TEST_F(BatchNormAct, RefusesWhatDoesNotFit) {
  const Sample good = make_sample({2, 3, 4, 4}, 0.0F, true, at::kFloat);
  Sample bad = good;
  bad.residual = image("r", {2, 3, 4, 5}, at::kFloat);
  EXPECT_THROW(run(bad), std::invalid_argument);
  bad = good;
  bad.weight = bad.weight.to(at::kDouble);
  EXPECT_THROW(run(bad), std::invalid_argument);
  bad = good;
  bad.dy = bad.dy.to(at::kBFloat16);
  EXPECT_THROW(run(bad), std::invalid_argument);
  EXPECT_THROW(run(make_sample({1, 3, 1, 1}, 0.0F, false, at::kFloat)), std::invalid_argument);
  EXPECT_FALSE(batch_norm_act_takes(good.x.to(at::kDouble)));
}

}  // namespace
}  // namespace train_backbone::ops
