#include "train_backbone/ops/winograd.h"

#include <ATen/Parallel.h>
#include <ATen/ops/conv2d.h>
#include <ATen/ops/convolution_backward.h>
#include <ATen/ops/empty.h>
#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <cstdint>
#include <random>

namespace train_backbone::ops {
namespace {

constexpr auto kLayout = at::MemoryFormat::ChannelsLast;

at::Tensor drawn(std::mt19937& random, at::IntArrayRef sizes) {
  const at::Tensor tensor = at::empty(sizes, at::kFloat, kLayout);
  std::normal_distribution<float> normal;
  float* const values = tensor.mutable_data_ptr<float>();
  for (int64_t i = 0; i < tensor.numel(); ++i) values[i] = normal(random);
  return tensor;
}

struct Gradients {
  at::Tensor input;
  at::Tensor weight;
};

Gradients gradients_of_torch(const at::Tensor& gradient, const at::Tensor& input,
                             const at::Tensor& weight) {
  const std::array<int64_t, 2> one{1, 1};
  const std::array<int64_t, 2> zero{0, 0};
  auto [of_input, of_weight, of_bias] = at::convolution_backward(
      gradient, input, weight, std::nullopt, one, one, one, false, zero, 1, {true, true, false});
  return {of_input, of_weight};
}

// The largest difference, relative to the largest value.
double difference(const at::Tensor& a, const at::Tensor& exact) {
  return ((a.to(at::kDouble) - exact).abs().max() / exact.abs().max()).item<double>();
}

struct Case {
  int64_t pictures;
  int64_t in;
  int64_t out;
  int64_t height;
  int64_t width;
};

void expect_equal_to_double(std::mt19937& random, const Case& own) {
  SCOPED_TRACE(testing::Message() << own.pictures << " x " << own.in << " to " << own.out << ", "
                                  << own.height << " x " << own.width);
  const at::Tensor x = drawn(random, {own.pictures, own.in, own.height, own.width});
  const at::Tensor weight = drawn(random, {own.out, own.in, 3, 3});
  const at::Tensor dy = drawn(random, {own.pictures, own.out, own.height, own.width});
  ASSERT_TRUE(winograd_takes(x, weight));
  const at::Tensor y = winograd_convolution(x, weight);
  const at::Tensor dx = winograd_input_gradient(dy, weight);
  const at::Tensor dw = winograd_weight_gradient(dy, x);
  const at::Tensor exact = at::conv2d(x.to(at::kDouble), weight.to(at::kDouble), {}, 1, 1);
  const Gradients exact_gradients =
      gradients_of_torch(dy.to(at::kDouble), x.to(at::kDouble), weight.to(at::kDouble));
  ASSERT_EQ(y.sizes(), exact.sizes());
  ASSERT_EQ(dx.sizes(), x.sizes());
  ASSERT_EQ(dw.sizes(), weight.sizes());
  EXPECT_TRUE(y.is_contiguous(kLayout) && dx.is_contiguous(kLayout) && dw.is_contiguous(kLayout));
  EXPECT_LT(difference(y, exact), 2e-6);
  EXPECT_LT(difference(dx, exact_gradients.input), 2e-6);
  EXPECT_LT(difference(dw, exact_gradients.weight), 2e-6);
}

TEST(Winograd, EqualsTheDefinitionInFp64ForAnyShape) {
  std::mt19937 random(1);
  const auto pick = [&](int64_t most) {
    return std::uniform_int_distribution<int64_t>(1, most)(random);
  };
  for (int i = 0; i < 500; ++i) {
    expect_equal_to_double(random, {pick(4), pick(40), pick(40), pick(13), pick(13)});
  }
}

TEST(Winograd, EqualsTheDefinitionInFp64ForLayersOfTheModels) {
  std::mt19937 random(2);
  expect_equal_to_double(random, {2, 64, 64, 56, 56});
  expect_equal_to_double(random, {1, 256, 256, 14, 14});
  expect_equal_to_double(random, {2, 512, 512, 7, 7});
  expect_equal_to_double(random, {2, 144, 144, 7, 7});
}

TEST(Winograd, IsAsExactAsTorchsConvolution) {
  std::mt19937 random(3);
  const at::Tensor x = drawn(random, {4, 128, 28, 28});
  const at::Tensor weight = drawn(random, {128, 128, 3, 3});
  const at::Tensor dy = drawn(random, {4, 128, 28, 28});
  const at::Tensor exact = at::conv2d(x.to(at::kDouble), weight.to(at::kDouble), {}, 1, 1);
  const Gradients exact_gradients =
      gradients_of_torch(dy.to(at::kDouble), x.to(at::kDouble), weight.to(at::kDouble));
  const Gradients torch = gradients_of_torch(dy, x, weight);
  const auto no_worse = [](double own, double other) { return own < 1.5 * other; };
  EXPECT_PRED2(no_worse, difference(winograd_convolution(x, weight), exact),
               difference(at::conv2d(x, weight, {}, 1, 1), exact));
  EXPECT_PRED2(no_worse, difference(winograd_input_gradient(dy, weight), exact_gradients.input),
               difference(torch.input, exact_gradients.input));
  EXPECT_PRED2(no_worse, difference(winograd_weight_gradient(dy, x), exact_gradients.weight),
               difference(torch.weight, exact_gradients.weight));
}

TEST(Winograd, OutputsDoNotDependOnTheThreads) {
  std::mt19937 random(4);
  const at::Tensor x = drawn(random, {3, 40, 9, 10});
  const at::Tensor weight = drawn(random, {70, 40, 3, 3});
  const at::Tensor dy = drawn(random, {3, 70, 9, 10});
  const int threads = at::get_num_threads();
  at::set_num_threads(1);
  const at::Tensor y = winograd_convolution(x, weight);
  const at::Tensor dx = winograd_input_gradient(dy, weight);
  const at::Tensor dw = winograd_weight_gradient(dy, x);
  for (const int other : {2, 3, 7}) {
    at::set_num_threads(other);
    EXPECT_TRUE(winograd_convolution(x, weight).equal(y));
    EXPECT_TRUE(winograd_input_gradient(dy, weight).equal(dx));
    EXPECT_LT(difference(winograd_weight_gradient(dy, x), dw.to(at::kDouble)), 1e-6);
  }
  at::set_num_threads(threads);
}

TEST(Winograd, NanStaysNan) {
  std::mt19937 random(5);
  const at::Tensor x = drawn(random, {1, 3, 6, 6});
  const at::Tensor weight = drawn(random, {2, 3, 3, 3});
  x.index({0, 1, 2, 3}).fill_(NAN);
  const at::Tensor y = winograd_convolution(x, weight);
  EXPECT_TRUE(std::isnan(y.index({0, 0, 2, 3}).item<float>()));
  EXPECT_TRUE(std::isnan(winograd_weight_gradient(y, x).abs().max().item<float>()));
}

TEST(Winograd, LeavesOthersToTorchAndSaysSo) {
  std::mt19937 random(6);
  const at::Tensor x = drawn(random, {1, 3, 6, 6});
  const at::Tensor weight = drawn(random, {2, 3, 3, 3});
  EXPECT_FALSE(winograd_takes(x.contiguous(), weight));
  EXPECT_FALSE(winograd_takes(x.to(at::kDouble), weight.to(at::kDouble)));
  EXPECT_FALSE(winograd_takes(x, drawn(random, {2, 3, 1, 1})));
  EXPECT_FALSE(winograd_takes(x, drawn(random, {2, 4, 3, 3})));
  EXPECT_THROW(winograd_convolution(x, drawn(random, {2, 4, 3, 3})), std::invalid_argument);
  EXPECT_THROW(winograd_input_gradient(x, weight), std::invalid_argument);
  EXPECT_THROW(winograd_weight_gradient(x, drawn(random, {2, 3, 6, 6})), std::invalid_argument);
}

}  // namespace
}  // namespace train_backbone::ops
