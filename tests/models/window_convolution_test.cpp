#include "models/window_convolution.h"

#include <ATen/ops/allclose.h>
#include <ATen/ops/conv2d.h>
#include <gtest/gtest.h>

#include "models/layers.h"
#include "tests/support/hashed_model.h"
#include "train_backbone/ops/winograd.h"

namespace train_backbone::models {
namespace {

constexpr auto kLayout = at::MemoryFormat::ChannelsLast;

at::Tensor hashed(const std::string& name, at::IntArrayRef shape) {
  return test::hashed_tensor(name, shape).to(at::kFloat).contiguous(kLayout);
}

void expect_equal_to_torch(at::IntArrayRef shape, int64_t out) {
  const at::Tensor x = hashed("input", shape).requires_grad_();
  const at::Tensor w = hashed("weight", {out, shape[1], 3, 3}).requires_grad_();
  const at::Tensor output = window_convolution(x, w);
  const at::Tensor weights_of_sum = hashed("weights of the sum", output.sizes());
  (output * weights_of_sum).sum().backward();
  const at::Tensor torch_x = x.detach().to(at::kDouble).requires_grad_();
  const at::Tensor torch_w = w.detach().to(at::kDouble).requires_grad_();
  const at::Tensor torch_output = at::conv2d(torch_x, torch_w, {}, 1, 1);
  (torch_output * weights_of_sum).sum().backward();
  const auto near = [](const at::Tensor& own, const at::Tensor& exact) {
    return own.is_contiguous(kLayout) && at::allclose(own.to(at::kDouble), exact, 1e-5, 2e-5);
  };
  EXPECT_PRED2(near, output.detach(), torch_output.detach());
  EXPECT_PRED2(near, x.grad(), torch_x.grad());
  EXPECT_PRED2(near, w.grad(), torch_w.grad());
}

TEST(WindowConvolution, EqualsTorchWithItsGradients) {
  expect_equal_to_torch({2, 5, 4, 3}, 7);
  expect_equal_to_torch({3, 18, 9, 9}, 36);
  expect_equal_to_torch({3, 8, 1, 1}, 20);
  expect_equal_to_torch({2, 4, 1, 5}, 3);
}

TEST(WindowConvolution, MakesOnlyTheGradientsThatAreAskedFor) {
  const at::Tensor input = hashed("input", {2, 5, 4, 4});
  const at::Tensor weight = hashed("weight", {3, 5, 3, 3});
  const at::Tensor trained = weight.clone().requires_grad_();
  window_convolution(input, trained).sum().backward();
  EXPECT_FALSE(input.grad().defined());
  EXPECT_TRUE(trained.grad().defined());
  const at::Tensor wanted = input.clone().requires_grad_();
  window_convolution(wanted, weight).sum().backward();
  EXPECT_FALSE(weight.grad().defined());
  EXPECT_TRUE(wanted.grad().defined());
}

at::Tensor set_weight(const Convolution& layer) {
  const at::NoGradGuard no_grad;
  at::Tensor weight = layer.weight();
  const at::Tensor values = hashed("weight", weight.sizes());
  weight.set_data(values);
  return values;
}

// Not the same bits as LibTorch's, or nobody could tell; those where LibTorch's is quicker.
TEST(WindowConvolution, IsWhatTheLayerComputesWithUnlessTold) {
  const bool own = ops::winograd_is_quicker();
  Convolution layer({.in = 64, .out = 32, .kernel = 3});
  const at::Tensor weight = set_weight(layer);
  const at::NoGradGuard no_grad;
  const at::Tensor input = hashed("input", {2, 64, 5, 5});
  const at::Tensor torch = at::conv2d(input, weight, {}, 1, 1);
  EXPECT_EQ(layer.forward(input).equal(ops::winograd_convolution(input, weight)), own);
  EXPECT_EQ(layer.forward(input).equal(torch), !own);
  layer.fuse(false);
  EXPECT_TRUE(layer.forward(input).equal(torch));
}

TEST(WindowConvolution, IsNotForStridesBiasesAndLargerWindows) {
  const at::Tensor input = hashed("input", {2, 8, 6, 6});
  for (const ConvolutionShape& shape :
       {ConvolutionShape{.in = 8, .out = 8, .kernel = 3, .stride = 2},
        ConvolutionShape{.in = 8, .out = 8, .kernel = 3, .bias = true},
        ConvolutionShape{.in = 8, .out = 8, .kernel = 5}}) {
    Convolution layer(shape);
    set_weight(layer);
    EXPECT_EQ(layer.forward(input).grad_fn()->name(), "ConvolutionBackward0");
  }
}

}  // namespace
}  // namespace train_backbone::models
