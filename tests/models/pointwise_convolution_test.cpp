#include "models/pointwise_convolution.h"

#include <ATen/ops/allclose.h>
#include <ATen/ops/conv2d.h>
#include <ATen/ops/ones_like.h>
#include <gtest/gtest.h>
#include <torch/csrc/autograd/autograd.h>

#include "models/layers.h"
#include "tests/support/hashed_values.h"

namespace train_backbone::models {
namespace {

constexpr auto kLayout = at::MemoryFormat::ChannelsLast;

at::Tensor hashed(const std::string& name, at::IntArrayRef shape) {
  return at::tensor(test::hashed_values(name, c10::multiply_integers(shape)))
      .to(at::kDouble)
      .reshape(shape)
      .contiguous(kLayout);
}

struct Outcome {
  at::Tensor output;
  at::Tensor input_gradient;
  at::Tensor weight_gradient;
};

template <typename Convolve>
Outcome outcome_of(const at::Tensor& input, const at::Tensor& weight, const Convolve& convolve) {
  const at::Tensor x = input.detach().clone().requires_grad_();
  const at::Tensor w = weight.detach().clone().requires_grad_();
  const at::Tensor output = convolve(x, w);
  (output * hashed("weights of the sum", output.sizes())).sum().backward();
  return {output.detach(), x.grad(), w.grad()};
}

void expect_equal_to_torch(at::IntArrayRef shape, int64_t out, int64_t stride) {
  const at::Tensor input = hashed("input", shape);
  const at::Tensor weight = hashed("weight", {out, shape[1], 1, 1});
  const Outcome ours = outcome_of(input, weight, [&](const at::Tensor& x, const at::Tensor& w) {
    return pointwise_convolution(x, w, stride);
  });
  const Outcome torch = outcome_of(input, weight, [&](const at::Tensor& x, const at::Tensor& w) {
    return at::conv2d(x, w, {}, stride);
  });
  EXPECT_EQ(ours.output.sizes(), torch.output.sizes());
  EXPECT_TRUE(ours.output.is_contiguous(kLayout));
  EXPECT_TRUE(at::allclose(ours.output, torch.output, 1e-12, 1e-12));
  EXPECT_TRUE(at::allclose(ours.input_gradient, torch.input_gradient, 1e-12, 1e-12));
  EXPECT_TRUE(at::allclose(ours.weight_gradient, torch.weight_gradient, 1e-12, 1e-12));
}

TEST(PointwiseConvolution, EqualsTorchWithItsGradients) {
  expect_equal_to_torch({2, 5, 4, 3}, 7, 1);
  expect_equal_to_torch({3, 8, 1, 1}, 2, 1);
  expect_equal_to_torch({1, 1, 6, 5}, 3, 1);
}

TEST(PointwiseConvolution, EqualsTorchWithStridesAlsoAtOddBorders) {
  expect_equal_to_torch({2, 5, 6, 4}, 7, 2);
  expect_equal_to_torch({2, 5, 7, 5}, 4, 2);
  expect_equal_to_torch({2, 3, 7, 8}, 4, 3);
}

TEST(PointwiseConvolution, MakesOnlyTheGradientsThatAreAskedFor) {
  const at::Tensor input = hashed("input", {2, 5, 4, 4});
  const at::Tensor weight = hashed("weight", {3, 5, 1, 1});
  const at::Tensor trained = weight.clone().requires_grad_();
  pointwise_convolution(input, trained, 2).sum().backward();
  EXPECT_FALSE(input.grad().defined());
  EXPECT_TRUE(trained.grad().defined());
  const at::Tensor wanted = input.clone().requires_grad_();
  pointwise_convolution(wanted, weight, 2).sum().backward();
  EXPECT_FALSE(weight.grad().defined());
  EXPECT_TRUE(wanted.grad().defined());
}

TEST(PointwiseConvolution, LeavesOtherLayoutsAndTypesToTorch) {
  const at::Tensor input = hashed("input", {2, 5, 4, 3});
  const at::Tensor weight = hashed("weight", {3, 5, 1, 1});
  EXPECT_TRUE(pointwise_convolution_takes(input, weight));
  EXPECT_TRUE(pointwise_convolution_takes(input.to(at::kFloat), weight.to(at::kFloat)));
  EXPECT_FALSE(pointwise_convolution_takes(input, weight.to(at::kFloat)));
  EXPECT_FALSE(pointwise_convolution_takes(input.contiguous(), weight));
  EXPECT_FALSE(pointwise_convolution_takes(input.to(at::kBFloat16), weight.to(at::kBFloat16)));
}

TEST(PointwiseConvolution, ManyPixelsOfFp32AreConvolvedWhereMklIsSlow) {
  EXPECT_FALSE(product_is_quicker(at::kFloat, 512, /*is_intel=*/false));
  EXPECT_TRUE(product_is_quicker(at::kFloat, 511, /*is_intel=*/false));
  EXPECT_TRUE(product_is_quicker(at::kFloat, 1 << 20, /*is_intel=*/true));
  EXPECT_TRUE(product_is_quicker(at::kDouble, 1 << 20, /*is_intel=*/false));
}

// Both ways of a forked input: x * convolve(x), each summed with weights of its own.
TEST(PointwiseFork, AddsTheGradientsOfBothWays) {
  const at::Tensor input = hashed("input", {2, 5, 4, 3});
  const at::Tensor weight = hashed("weight", {7, 5, 1, 1});
  const auto both = [&](const at::Tensor& output, const at::Tensor& passed) {
    return (output * hashed("first", output.sizes())).sum() +
           (passed * passed * hashed("second", passed.sizes())).sum();
  };
  const at::Tensor x = input.clone().requires_grad_();
  const at::Tensor w = weight.clone().requires_grad_();
  const ForkedPointwise forked = pointwise_fork(x, w);
  EXPECT_TRUE(forked.input.equal(input));
  both(forked.output, forked.input).backward();
  const at::Tensor torch_x = input.clone().requires_grad_();
  const at::Tensor torch_w = weight.clone().requires_grad_();
  both(at::conv2d(torch_x, torch_w), torch_x).backward();
  EXPECT_TRUE(at::allclose(x.grad(), torch_x.grad(), 1e-12, 1e-12));
  EXPECT_TRUE(at::allclose(w.grad(), torch_w.grad(), 1e-12, 1e-12));
}

TEST(PointwiseFork, OneWayMayBeWithoutAGradient) {
  const at::Tensor weight = hashed("weight", {7, 5, 1, 1}).requires_grad_();
  const at::Tensor first = hashed("input", {2, 5, 4, 3}).requires_grad_();
  pointwise_fork(first, weight).input.sum().backward();
  EXPECT_TRUE(first.grad().equal(at::ones_like(first)));
  EXPECT_FALSE(weight.grad().defined());
  const at::Tensor second = first.detach().clone().requires_grad_();
  pointwise_fork(second, weight).output.sum().backward();
  EXPECT_TRUE(at::allclose(second.grad(), weight.detach().sum({0}).expand_as(second)));
}

TEST(PointwiseFork, LeavesAGradientAloneThatOthersSee) {
  const at::Tensor x = hashed("input", {2, 5, 4, 3}).requires_grad_();
  const at::Tensor w = hashed("weight", {7, 5, 1, 1});
  const ForkedPointwise forked = pointwise_fork(x, w);
  const at::Tensor seen = hashed("seen", x.sizes());
  const at::Tensor before = seen.clone();
  torch::autograd::backward({forked.output, forked.input}, {at::ones_like(forked.output), seen});
  EXPECT_TRUE(seen.equal(before));
  EXPECT_TRUE(at::allclose(x.grad(), before + w.sum({0}).expand_as(x)));
}

TEST(PointwiseFork, LeavesAViewAloneWhoseMemoryOthersSee) {
  const at::Tensor x = hashed("input", {1, 5, 4, 3}).requires_grad_();
  const at::Tensor w = hashed("weight", {7, 5, 1, 1});
  const ForkedPointwise forked = pointwise_fork(x, w);
  const at::Tensor all = hashed("seen", {2, 5, 4, 3});
  const at::Tensor before = all.clone();
  torch::autograd::backward({forked.output, forked.input},
                            {at::ones_like(forked.output), all.narrow(0, 0, 1)});
  EXPECT_TRUE(all.equal(before));
}

// The sum of both gradients is written where the other way's was.
TEST(PointwiseFork, AddsInPlaceWhereNobodyElseLooks) {
  const at::Tensor x = hashed("input", {2, 5, 4, 3}).requires_grad_();
  const at::Tensor w = hashed("weight", {7, 5, 1, 1});
  const ForkedPointwise outer = pointwise_fork(x, w);
  const ForkedPointwise inner = pointwise_fork(outer.input, w);
  const at::Tensor shortcut = pointwise_convolution(inner.input, w, 1);
  std::vector<const void*> places;
  for (const at::Tensor& tensor : {inner.input, outer.input, x}) {
    tensor.register_hook(
        [&](const at::Tensor& gradient) { places.push_back(gradient.data_ptr()); });
  }
  (outer.output + inner.output + shortcut).square().sum().backward();
  ASSERT_EQ(places.size(), 3U);
  EXPECT_EQ(places[0], places[1]);
  EXPECT_EQ(places[1], places[2]);
}

TEST(PointwiseFork, OfAFrozenInputAsksForNoGradientOfIt) {
  Convolution layer({.in = 5, .out = 3});
  const at::Tensor input = hashed("input", {2, 5, 4, 3}).to(at::kFloat).contiguous(kLayout);
  const Convolution::Forked forked = layer.fork(input);
  EXPECT_FALSE(forked.input.requires_grad());
  EXPECT_TRUE(forked.output.requires_grad());
  const at::Tensor trained = input.clone().requires_grad_();
  EXPECT_TRUE(layer.fork(trained).input.requires_grad());
}

// On processors that are not Intel's; the pixels of all pictures together count.
TEST(PointwiseConvolution, IsLeftToTorchForManyPixels) {
  const auto is_torchs = [](int64_t pictures) {
    Convolution layer({.in = 4, .out = 2, .stride = 2});
    const at::Tensor input =
        hashed("input", {pictures, 4, 15, 16}).to(at::kFloat).contiguous(kLayout);
    return layer.forward(input).grad_fn()->name() == "ConvolutionBackward0";
  };
  EXPECT_FALSE(is_torchs(7));
  EXPECT_EQ(is_torchs(8), !product_is_quicker(at::kFloat, 512));
}

// Not the same bits, or nobody would need it.
TEST(PointwiseConvolution, IsWhatTheLayerComputesWith) {
  Convolution layer({.in = 64, .out = 32, .stride = 2});
  const at::NoGradGuard no_grad;
  at::Tensor weight = layer.weight();
  weight.copy_(hashed("weight", weight.sizes()));
  const at::Tensor input = hashed("input", {2, 64, 5, 5}).to(at::kFloat).contiguous(kLayout);
  EXPECT_TRUE(layer.forward(input).equal(pointwise_convolution(input, weight, 2)));
  EXPECT_TRUE(at::allclose(layer.forward(input), at::conv2d(input, weight, {}, 2), 1e-5, 1e-5));
}

}  // namespace
}  // namespace train_backbone::models
