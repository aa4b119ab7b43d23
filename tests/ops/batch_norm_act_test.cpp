#include "train_backbone/ops/batch_norm_act.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <gtest/gtest.h>

#include <limits>
#include <stdexcept>

#include "tests/support/batch_norm_check.h"

namespace train_backbone::ops {
namespace {

using test::norm_sample;
using test::NormResult;
using test::NormSample;
using test::run_norm;
using Shape = test::NormShape;

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
          test::expect_norm_reference(norm_sample(shape, slope, residual, type));
        }
      }
    }
  }
}

TEST_F(BatchNormAct, EqualsTorch) {
  const NormSample s = norm_sample({4, 24, 11, 10}, 0.0F, true, at::kFloat);
  const NormResult got = run_norm(s);
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
    const NormSample sample = norm_sample(shape, 0.1F, true, at::kFloat);
    std::vector<at::Tensor> results;
    for (const int threads : {1, 2, 5}) {
      at::set_num_threads(threads);
      const NormResult got = run_norm(sample);
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
  NormSample s = norm_sample({400, 1, 1, 1}, 1.0F, false, at::kFloat);
  s.x = x;
  s.settings.epsilon = 0;
  const NormResult got = run_norm(s);
  EXPECT_EQ(got.forward.mean.item<float>(), 4096);
  EXPECT_EQ(got.forward.inverse_deviation.item<float>(), 4);
}

TEST_F(BatchNormAct, EveryImageLayoutGivesTheSame) {
  NormSample s = norm_sample({2, 6, 5, 4}, 0.0F, true, at::kFloat);
  const NormResult last = run_norm(s);
  for (at::Tensor* tensor : {&s.x, &s.residual, &s.dy}) *tensor = tensor->contiguous();
  const NormResult first = run_norm(s);
  EXPECT_TRUE(at::equal(last.forward.output, first.forward.output));
  EXPECT_TRUE(at::equal(last.backward.input, first.backward.input));
  EXPECT_TRUE(at::equal(last.backward.residual, first.backward.residual));
}

TEST_F(BatchNormAct, NanIsNotHidden) {
  for (const at::ScalarType type : {at::kFloat, at::kBFloat16}) {
    NormSample s = norm_sample({2, 3, 4, 4}, 0.0F, false, type);
    s.x.select(1, 1).fill_(std::numeric_limits<float>::quiet_NaN());
    const NormResult got = run_norm(s);
    EXPECT_TRUE(got.forward.output.select(1, 1).isnan().all().item<bool>());
    EXPECT_TRUE(got.backward.input.select(1, 1).isnan().all().item<bool>());
    EXPECT_TRUE(got.running_var.isnan()[1].item<bool>());
    EXPECT_FALSE(got.forward.output.select(1, 0).isnan().any().item<bool>());
  }
}

TEST_F(BatchNormAct, RefusesWhatDoesNotFit) {
  const NormSample good = norm_sample({2, 3, 4, 4}, 0.0F, true, at::kFloat);
  NormSample bad = good;
  bad.residual = test::hashed_image("r", {2, 3, 4, 5}, at::kFloat);
  EXPECT_THROW(run_norm(bad), std::invalid_argument);
  bad = good;
  bad.weight = bad.weight.to(at::kDouble);
  EXPECT_THROW(run_norm(bad), std::invalid_argument);
  bad = good;
  bad.dy = bad.dy.to(at::kBFloat16);
  EXPECT_THROW(run_norm(bad), std::invalid_argument);
  EXPECT_THROW(run_norm(norm_sample({1, 3, 1, 1}, 0.0F, false, at::kFloat)), std::invalid_argument);
  EXPECT_FALSE(batch_norm_act_takes(good.x.to(at::kDouble)));
}

}  // namespace
}  // namespace train_backbone::ops
