#include "models/fused_batch_norm.h"

#include <ATen/ops/cross_entropy_loss.h>
#include <ATen/ops/tensor.h>
#include <gtest/gtest.h>

#include <cmath>
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

struct Answer {
  at::Tensor loss;
  std::map<std::string, at::Tensor> gradients;
  std::map<std::string, at::Tensor> buffers;
};

Answer answer(const std::string& name, bool fused, at::ScalarType type) {
  const auto model = make_model({.name = name, .num_classes = 10}, 3);
  model->to(type);
  use_fused_kernels(*model, fused);
  const at::Tensor images =
      hashed("images", {4, 3, 64, 64}).to(type).contiguous(at::MemoryFormat::ChannelsLast);
  Answer result;
  result.loss = at::cross_entropy_loss(model->forward(images), at::tensor({1, 3, 5, 7}, at::kLong));
  result.loss.backward();
  for (const auto& item : model->named_parameters()) {
    result.gradients[item.key()] = item.value().grad();
  }
  for (const auto& item : model->named_buffers()) result.buffers[item.key()] = item.value();
  return result;
}

// Of all gradients together: those of a bias in front of batch normalisation are rounding alone.
double gradient_error(const Answer& got, const Answer& exact) {
  double difference = 0;
  double whole = 0;
  for (const auto& [name, gradient] : exact.gradients) {
    difference += (got.gradients.at(name).to(at::kDouble) - gradient).square().sum().item<double>();
    whole += gradient.square().sum().item<double>();
  }
  return std::sqrt(difference / whole);
}

class FusedNetwork : public testing::TestWithParam<std::string> {};

// Every kind of activation and of sum, against the same network in fp64. How much rounding grows on
// the way back differs between networks, so torch's own operations are the measure.
TEST_P(FusedNetwork, IsAsExactAsTorchsOperations) {
  const Answer exact = answer(GetParam(), false, at::kDouble);
  const Answer fused = answer(GetParam(), true, at::kFloat);
  const Answer plain = answer(GetParam(), false, at::kFloat);
  EXPECT_LT(relative_difference(fused.loss, exact.loss), 1e-5);
  const double error = gradient_error(fused, exact);
  EXPECT_LT(error, 3 * gradient_error(plain, exact));
  EXPECT_NE(gradient_error(fused, plain), 0) << "both went the same way";
  for (const auto& [name, buffer] : exact.buffers) {
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
