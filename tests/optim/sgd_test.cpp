#include "train_backbone/optim/sgd.h"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/full.h>
#include <ATen/ops/tensor.h>
#include <gtest/gtest.h>

#include <stdexcept>

#include "tests/support/golden.h"
#include "tests/support/hashed_values.h"

namespace train_backbone::optim {
namespace {

at::Tensor hashed_tensor(const std::string& name, at::IntArrayRef shape) {
  const int64_t count = c10::multiply_integers(shape);
  return at::tensor(test::hashed_values(name, count)).to(at::kFloat).reshape(shape);
}

TEST(Sgd, FollowsPythonTorchForSeveralSteps) {
  const nlohmann::json wanted = test::read_golden("optim/sgd.json");
  std::vector<std::pair<std::string, at::Tensor>> parameters;
  for (const auto& [name, answer] : wanted["parameters"].items()) {
    const std::vector<int64_t> shape = answer["shape"];
    parameters.emplace_back(name, hashed_tensor(name, shape).requires_grad_());
  }
  const double decay = wanted["weight_decay"];
  const ParameterGroups groups =
      group_parameters(parameters, {.weight_decay = [&](std::string_view) { return decay; }});
  const ops::FlatArena arena(groups.parameters);
  Sgd optimizer(arena, wanted["momentum"], groups.settings);
  int step = 0;
  for (const double rate : wanted["learning_rates"]) {
    for (const auto& [name, parameter] : parameters) {
      parameter.mutable_grad().copy_(
          hashed_tensor(name + "/" + std::to_string(step), parameter.sizes()));
    }
    optimizer.step(rate);
    ++step;
  }
  const at::NoGradGuard no_grad;
  for (const auto& [name, parameter] : parameters) {
    const nlohmann::json& answer = wanted["parameters"][name];
    const at::Tensor flat = parameter.contiguous().reshape(-1);
    const std::vector<float> values = answer["values"];
    for (size_t i = 0; i < values.size(); ++i) {
      // Five steps of a few float roundings of numbers of size 1.
      ASSERT_NEAR(flat[static_cast<int64_t>(i)].item<float>(), values[i], 2e-6) << name << " " << i;
    }
    EXPECT_NEAR(flat.to(at::kDouble).norm().item<double>(), answer["norm"], 1e-5) << name;
  }
}

TEST(Sgd, MomentumIsZeroBeforeTheFirstStepAndStateAfterIt) {
  const at::Tensor weight = hashed_tensor("w", {4, 4}).requires_grad_();
  const ops::FlatArena arena({{"w", weight}});
  Sgd optimizer(arena, 0.9, {{.weight_decay = 0}});
  EXPECT_EQ(optimizer.momentum_buffer().count_nonzero().item<int64_t>(), 0);
  weight.mutable_grad().fill_(0.25);
  optimizer.step(0.1);
  EXPECT_TRUE(
      at::equal(arena.views_of(optimizer.momentum_buffer())[0].second, at::full({4, 4}, 0.25)));
}

// Two groups, so that each has its part of what goes along.
TEST(Sgd, OnePassIsBitwiseTheSeparateOnes) {
  const at::Tensor inverse = at::full({1}, 1.0F / 3);
  for (const at::ScalarType type : {at::kBFloat16, at::kHalf}) {
    std::vector<at::Tensor> results;
    for (const bool joined : {false, true}) {
      ops::FlatArena arena({{"a", hashed_tensor("a", {7, 3}).requires_grad_()},
                            {"b", hashed_tensor("b", {1001}).requires_grad_(), 1}});
      arena.keep_copy(type);
      Sgd optimizer(arena, 0.9, {{.weight_decay = 0.1}, {.weight_decay = 0}});
      for (int step = 0; step < 3; ++step) {
        arena.gradients().copy_(
            hashed_tensor("g" + std::to_string(step), arena.gradients().sizes()));
        if (joined) {
          optimizer.step(0.1, {.inverse_scale = inverse, .copy = arena.copy()});
        } else {
          arena.gradients().mul_(inverse);
          optimizer.step(0.1);
          arena.keep_copy(type);
        }
      }
      results.push_back(
          at::cat({arena.weights(), optimizer.momentum_buffer(), arena.copy().to(at::kFloat)}));
    }
    EXPECT_TRUE(at::equal(results[0], results[1]));
  }
}

TEST(Sgd, ASkippedUpdateLeavesTheCopyAlone) {
  for (const at::ScalarType type : {at::kBFloat16, at::kHalf}) {
    ops::FlatArena arena({{"a", hashed_tensor("a", {7, 3}).requires_grad_()}});
    arena.keep_copy(type);
    const at::Tensor before = arena.copy().clone();
    Sgd optimizer(arena, 0.9, {{.weight_decay = 0.1}});
    arena.gradients().fill_(1);
    optimizer.step(0.1, {.skip = at::full({1}, 1.0F), .copy = arena.copy()});
    EXPECT_TRUE(at::equal(arena.copy(), before));
    optimizer.step(0.1, {.skip = at::full({1}, 0.0F), .copy = arena.copy()});
    EXPECT_FALSE(at::equal(arena.copy(), before));
  }
}

TEST(Sgd, WantsSettingsForEveryGroup) {
  const ops::FlatArena arena({{"w", hashed_tensor("w", {4, 4}).requires_grad_(), 1}});
  EXPECT_THROW(Sgd(arena, 0.9, {{.weight_decay = 0}}), std::invalid_argument);
}

}  // namespace
}  // namespace train_backbone::optim
