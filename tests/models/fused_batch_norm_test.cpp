#include "models/fused_batch_norm.h"

#include <ATen/ops/cross_entropy_loss.h>
#include <ATen/ops/tensor.h>
#include <gtest/gtest.h>

#include <map>

#include "tests/support/hashed_values.h"
#include "train_backbone/models/fused_kernels.h"
#include "train_backbone/models/registry.h"

namespace train_backbone::models {
namespace {

at::Tensor hashed(const std::string& name, at::IntArrayRef shape) {
  return at::tensor(test::hashed_values(name, c10::multiply_integers(shape)))
      .to(at::kFloat)
      .reshape(shape);
}

double relative_difference(const at::Tensor& a, const at::Tensor& b) {
  const at::Tensor x = a.detach().to(at::kDouble);
  const at::Tensor y = b.detach().to(at::kDouble);
  return (x - y).norm().item<double>() / (y.norm().item<double>() + 1e-12);
}

constexpr double kNothing = 1e-5;

struct Answer {
  at::Tensor loss;
  std::map<std::string, at::Tensor> gradients;
  std::map<std::string, at::Tensor> buffers;
};

Answer answer(const std::string& name, bool fused) {
  const auto model = make_model({.name = name, .num_classes = 10}, 3);
  use_fused_kernels(*model, fused);
  const at::Tensor images =
      hashed("images", {4, 3, 64, 64}).contiguous(at::MemoryFormat::ChannelsLast);
  Answer result;
  result.loss = at::cross_entropy_loss(model->forward(images), at::tensor({1, 3, 5, 7}, at::kLong));
  result.loss.backward();
  for (const auto& item : model->named_parameters())
    result.gradients[item.key()] = item.value().grad();
  for (const auto& item : model->named_buffers()) result.buffers[item.key()] = item.value();
  return result;
}

class FusedNetwork : public testing::TestWithParam<std::string> {};

// Of every kind of activation and of sums: whole networks, all gradients and statistics.
TEST_P(FusedNetwork, AgreesWithTorchsOperations) {
  const Answer fused = answer(GetParam(), true);
  const Answer plain = answer(GetParam(), false);
  EXPECT_LT(relative_difference(fused.loss, plain.loss), 1e-5);
  ASSERT_EQ(fused.gradients.size(), plain.gradients.size());
  double worst = 0;
  for (const auto& [name, gradient] : plain.gradients) {
    ASSERT_TRUE(fused.gradients.at(name).defined()) << name;
    // A bias in front of batch normalisation has no gradient but rounding.
    if (gradient.norm().item<double>() < kNothing) continue;
    worst = std::max(worst, relative_difference(fused.gradients.at(name), gradient));
  }
  // Small statistics over 4 x 2 x 2 values amplify rounding on the way back.
  EXPECT_LT(worst, 5e-3);
  EXPECT_GT(worst, 0) << "both went the same way";
  for (const auto& [name, buffer] : plain.buffers) {
    EXPECT_LT(relative_difference(fused.buffers.at(name), buffer), 1e-4) << name;
  }
}

INSTANTIATE_TEST_SUITE_P(Models, FusedNetwork,
                         testing::Values("resnet18v1_b", "resnet50v1_d", "hrnet_w18c",
                                         "darknet53"));

TEST(FusedBatchNorm, ComputesInTheTypeOfItsInput) {
  const at::Tensor input = hashed("x", {2, 5, 3, 3})
                               .to(at::kBFloat16)
                               .contiguous(at::MemoryFormat::ChannelsLast)
                               .requires_grad_();
  const at::Tensor residual = hashed("r", {2, 5, 3, 3}).to(at::kBFloat16).requires_grad_();
  const at::Tensor weight = hashed("w", {5}).requires_grad_();
  const at::Tensor bias = hashed("b", {5}).requires_grad_();
  const at::Tensor mean = at::zeros({5});
  const at::Tensor variance = at::ones({5});
  const at::Tensor output =
      fused_batch_norm(input, residual, {weight, bias, mean, variance}, {.negative_slope = 0});
  EXPECT_EQ(output.scalar_type(), at::kBFloat16);
  output.sum().backward();
  EXPECT_EQ(input.grad().scalar_type(), at::kBFloat16);
  EXPECT_EQ(residual.grad().scalar_type(), at::kBFloat16);
  EXPECT_EQ(weight.grad().scalar_type(), at::kFloat);
  const at::Tensor passed = output.detach().gt(0).to(at::kFloat);
  EXPECT_LT(relative_difference(bias.grad(), passed.sum({0, 2, 3})), 1e-6);
  EXPECT_LT(relative_difference(residual.grad(), passed), 1e-6);
  EXPECT_GT(mean.abs().max().item<float>(), 0);
}

}  // namespace
}  // namespace train_backbone::models
