#include "train_backbone/models/sync_batch_norm.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <gtest/gtest.h>

#include <atomic>
#include <stdexcept>

#include "models/joint_batch_norm.h"
#include "tests/support/hashed_model.h"
#include "tests/support/on_ranks.h"
#include "train_backbone/models/freeze.h"
#include "train_backbone/models/registry.h"

namespace train_backbone::models {
namespace {

constexpr int64_t kChannels = 5;
constexpr double kNewShare = 0.1;
constexpr double kEpsilon = 1e-5;

struct Case {
  const char* name;
  int64_t world = 2;
  at::ScalarType type = at::kDouble;
  at::MemoryFormat format = at::MemoryFormat::ChannelsLast;
  double offset = 0;  // of the input's mean, in its standard deviations
  double tolerance = 1e-12;
};

// A batch normalisation of its own: leaves and statistics, all fp64 or converted.
struct Layer {
  at::Tensor input;  // [N, kChannels, 6, 7]
  at::Tensor weight, bias, running_mean, running_var;
};

Layer layer_of(const Case& test_case, int64_t begin, int64_t end, at::ScalarType type) {
  // Rounded to the case's type, so that both sides compute on the same values.
  const auto leaf = [&](const std::string& name, at::IntArrayRef shape, double offset) {
    return (test::hashed_tensor(name, shape) + offset).to(test_case.type).to(type);
  };
  const at::Tensor images = leaf("input", {8, kChannels, 6, 7}, test_case.offset);
  return {.input = images.slice(0, begin, end).contiguous(test_case.format).requires_grad_(),
          .weight = leaf("weight", {kChannels}, 2).requires_grad_(),
          .bias = leaf("bias", {kChannels}, 0).requires_grad_(),
          .running_mean = leaf("running_mean", {kChannels}, 0),
          .running_var = leaf("running_var", {kChannels}, 1)};
}

// Mean over the samples of what gives every output a gradient of its own.
at::Tensor loss_of(const at::Tensor& output, int64_t begin, int64_t end) {
  const at::Tensor factors =
      test::hashed_tensor("loss", {8, kChannels, 6, 7}).slice(0, begin, end).to(output.dtype());
  return (output * factors * (output + 1)).sum() / (end - begin);
}

struct Result {
  at::Tensor output, input_gradient, weight_gradient, bias_gradient, running_mean, running_var;
};

Result of_rank(const Case& test_case, comm::Communicator& communicator) {
  at::set_num_threads(1);
  const int64_t share = 8 / test_case.world;
  const int64_t begin = communicator.rank() * share;
  const Layer layer = layer_of(test_case, begin, begin + share, test_case.type);
  const RankGroup ranks{.sum =
                            [&](at::Tensor& values) {
                              communicator.all_reduce_sum(std::span(
                                  values.data_ptr<double>(), static_cast<size_t>(values.numel())));
                            },
                        .world_size = test_case.world};
  const at::Tensor output = joint_batch_norm(
      layer.input, {layer.weight, layer.bias, layer.running_mean, layer.running_var},
      {.new_share = kNewShare, .epsilon = kEpsilon}, ranks);
  EXPECT_TRUE(output.is_contiguous(test_case.format));
  EXPECT_EQ(output.scalar_type(), test_case.type);
  loss_of(output, begin, begin + share).backward();
  EXPECT_TRUE(layer.input.grad().is_contiguous(test_case.format));
  return {output.detach(),   layer.input.grad(), layer.weight.grad(),
          layer.bias.grad(), layer.running_mean, layer.running_var};
}

// torch's own on the joined batch, in fp64.
Result joined(const Case& test_case) {
  const Layer layer = layer_of(test_case, 0, 8, at::kDouble);
  const at::Tensor output =
      at::batch_norm(layer.input, layer.weight, layer.bias, layer.running_mean, layer.running_var,
                     /*training=*/true, kNewShare, kEpsilon, /*cudnn_enabled=*/false);
  loss_of(output, 0, 8).backward();
  return {output.detach(),   layer.input.grad(), layer.weight.grad(),
          layer.bias.grad(), layer.running_mean, layer.running_var};
}

void expect_near(const at::Tensor& got, const at::Tensor& wanted, double tolerance,
                 const char* what) {
  const double difference = (got - wanted).norm().item<double>() / wanted.norm().item<double>();
  EXPECT_LE(difference, tolerance) << what;
}

class JointBatchNorm : public testing::TestWithParam<Case> {};

TEST_P(JointBatchNorm, IsTorchsOnTheJoinedBatch) {
  const Case& test_case = GetParam();
  std::vector<Result> ranks(static_cast<size_t>(test_case.world));
  test::on_ranks(test_case.world, [&](std::unique_ptr<comm::Communicator> communicator) {
    ranks[static_cast<size_t>(communicator->rank())] = of_rank(test_case, *communicator);
  });
  const Result wanted = joined(test_case);
  const auto cat = [&](at::Tensor Result::*part) {
    std::vector<at::Tensor> parts;
    for (const Result& rank : ranks) parts.push_back(rank.*part);
    return at::stack(parts).to(at::kDouble);
  };
  const double tolerance = test_case.tolerance;
  expect_near(cat(&Result::output).flatten(0, 1), wanted.output, tolerance, "output");
  // The joined loss is the mean of the ranks' losses.
  expect_near(cat(&Result::input_gradient).flatten(0, 1) / test_case.world, wanted.input_gradient,
              tolerance, "input");
  expect_near(cat(&Result::weight_gradient).mean(0), wanted.weight_gradient, tolerance, "weight");
  expect_near(cat(&Result::bias_gradient).mean(0), wanted.bias_gradient, tolerance, "bias");
  for (const Result& rank : ranks) {
    expect_near(rank.running_mean, wanted.running_mean, tolerance, "running mean");
    expect_near(rank.running_var, wanted.running_var, tolerance, "running variance");
    EXPECT_TRUE(at::equal(rank.running_var, ranks[0].running_var));
  }
}

INSTANTIATE_TEST_SUITE_P(
    Cases, JointBatchNorm,
    testing::Values(Case{"OneRank", 1}, Case{"TwoRanks", 2}, Case{"FourRanks", 4},
                    Case{.name = "Nchw", .format = at::MemoryFormat::Contiguous},
                    Case{.name = "Fp32", .type = at::kFloat, .tolerance = 1e-6},
                    Case{.name = "Fp32Nchw",
                         .type = at::kFloat,
                         .format = at::MemoryFormat::Contiguous,
                         .tolerance = 1e-6},
                    // Sums of squares would leave no digit here: (1000 x)^2 against x^2 in fp32.
                    Case{.name = "Fp32LargeMean",
                         .world = 4,
                         .type = at::kFloat,
                         .offset = 1000,
                         .tolerance = 1e-3}),
    [](const auto& parameter) { return std::string(parameter.param.name); });

TEST(JointBatchNormErrors, BatchesOfDifferentSizesAreRefusedOnAllRanks) {
  std::atomic<int> refused = 0;
  test::on_ranks(2, [&](std::unique_ptr<comm::Communicator> communicator) {
    const at::Tensor input = at::rand({2 + communicator->rank(), 3, 4, 4}, at::kDouble);
    const RankGroup ranks{
        .sum =
            [&](at::Tensor& values) {
              communicator->all_reduce_sum(
                  std::span(values.data_ptr<double>(), static_cast<size_t>(values.numel())));
            },
        .world_size = 2};
    try {
      joint_statistics(input, ranks);
    } catch (const std::invalid_argument&) {
      ++refused;
    }
  });
  EXPECT_EQ(refused, 2);
}

// A network whose every reduction is counted.
class SynchronisedNetwork : public testing::Test {
 protected:
  SynchronisedNetwork() {
    at::set_num_threads(1);
    const auto before = state_names();
    layers_ = synchronise_batch_norm(
        *model_, [this](at::Tensor&) { ++sums_; }, 1);
    EXPECT_EQ(before, state_names());
  }
  at::Tensor forward() { return model_->forward(at::rand({4, 3, 32, 32})); }
  std::vector<std::string> state_names() {
    std::vector<std::string> names = model_->named_parameters().keys();
    for (const std::string& name : model_->named_buffers().keys()) names.push_back(name);
    return names;
  }

  std::shared_ptr<Backbone> model_ = make_model({.name = "resnet18v1_b", .num_classes = 3}, 0);
  int64_t layers_ = 0;
  int64_t sums_ = 0;
};

TEST_F(SynchronisedNetwork, ReducesTwiceForwardAndOnceBackwardInEveryLayer) {
  EXPECT_EQ(layers_, 20);
  const at::Tensor output = forward();
  EXPECT_EQ(sums_, 2 * layers_);
  output.sum().backward();
  EXPECT_EQ(sums_, 3 * layers_);
}

TEST_F(SynchronisedNetwork, EvaluatesWithoutTheOthers) {
  model_->eval();
  forward();
  EXPECT_EQ(sums_, 0);
}

TEST_F(SynchronisedNetwork, LeavesFrozenStatisticsAlone) {
  freeze(*model_, {.names = {}, .batch_norm = true});
  model_->train();
  forward().sum().backward();
  EXPECT_EQ(sums_, 0);
}

TEST(SynchroniseBatchNorm, RefusesAWorldOfNobody) {
  const auto model = make_model({.name = "resnet18v1_b", .num_classes = 3}, 0);
  EXPECT_THROW(synchronise_batch_norm(
                   *model, [](at::Tensor&) {}, 0),
               std::invalid_argument);
}

}  // namespace
}  // namespace train_backbone::models
