#include "train_backbone/optim/parameter_groups.h"

#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "train_backbone/optim/sgd.h"

namespace train_backbone::optim {
namespace {

using testing::ElementsAre;

constexpr double kDecay = 0.25;

// Names of two layers and a head, of the kinds that a network has.
struct TinyNetwork {
  std::vector<std::pair<std::string, at::Tensor>> parameters{
      {"conv.weight", at::full({2, 3, 1, 1}, 0.5)},
      {"bn.weight", at::full({2}, 0.5)},
      {"fc.weight", at::full({4, 2}, 0.5)},
      {"fc.bias", at::full({4}, 0.5)}};

  TinyNetwork() {
    for (auto& [name, tensor] : parameters) tensor.requires_grad_();
  }
  at::Tensor& of(size_t place) { return parameters[place].second; }
};

GroupRules rules(double head_factor) {
  return {.weight_decay = [](std::string_view) { return kDecay; },
          .head = "fc",
          .head_learning_rate_factor = head_factor};
}

std::vector<size_t> places(const ParameterGroups& groups) {
  std::vector<size_t> result;
  for (const auto& parameter : groups.parameters) result.push_back(parameter.group);
  return result;
}

TEST(ParameterGroups, OnlyMatricesAndKernelsDecay) {
  const TinyNetwork network;
  const ParameterGroups groups = group_parameters(network.parameters, rules(1));
  EXPECT_THAT(groups.settings, ElementsAre(GroupSettings{.weight_decay = kDecay}, GroupSettings{}));
  EXPECT_THAT(places(groups), ElementsAre(0, 1, 0, 1));
}

TEST(ParameterGroups, TheHeadHasItsOwnWhereItsFactorDiffers) {
  const TinyNetwork network;
  const ParameterGroups groups = group_parameters(network.parameters, rules(10));
  EXPECT_THAT(groups.settings,
              ElementsAre(GroupSettings{.weight_decay = kDecay}, GroupSettings{},
                          GroupSettings{.weight_decay = kDecay, .learning_rate_factor = 10},
                          GroupSettings{.learning_rate_factor = 10}));
  EXPECT_THAT(places(groups), ElementsAre(0, 1, 2, 3));
}

TEST(ParameterGroups, ANameThatOnlyBeginsLikeTheHeadIsNotInIt) {
  const at::Tensor weight = at::ones({2, 2}).requires_grad_();
  const ParameterGroups groups = group_parameters({{"fcn.weight", weight}}, rules(10));
  EXPECT_THAT(groups.settings, ElementsAre(GroupSettings{.weight_decay = kDecay}));
}

TEST(ParameterGroups, FrozenParametersBelongToNone) {
  TinyNetwork network;
  network.of(0).requires_grad_(false);
  const ParameterGroups groups = group_parameters(network.parameters, rules(1));
  ASSERT_EQ(groups.parameters.size(), 3U);
  EXPECT_EQ(groups.parameters[0].name, "bn.weight");
}

TEST(ParameterGroups, DecayDependsOnTheName) {
  const TinyNetwork network;
  const ParameterGroups groups = group_parameters(
      network.parameters,
      {.weight_decay = [](std::string_view name) { return name == "conv.weight" ? 1.0 : 2.0; }});
  EXPECT_EQ(groups.settings[groups.parameters[0].group].weight_decay, 1.0);
  EXPECT_EQ(groups.settings[groups.parameters[2].group].weight_decay, 2.0);
}

// Three steps with gradients of one.
std::vector<at::Tensor> trained(double head_factor) {
  const at::NoGradGuard no_grad;
  TinyNetwork network;
  const ParameterGroups groups = group_parameters(network.parameters, rules(head_factor));
  const ops::FlatArena arena(groups.parameters);
  Sgd optimizer(arena, 0.9, groups.settings);
  for (const double rate : {0.01, 0.02, 0.03}) {
    arena.gradients().fill_(1);
    optimizer.step(rate);
  }
  std::vector<at::Tensor> values;
  for (const auto& [name, tensor] : network.parameters) values.push_back(tensor.clone());
  return values;
}

TEST(ParameterGroups, TheHeadsFactorChangesTheHeadOnly) {
  const auto plain = trained(1);
  const auto faster = trained(3);
  EXPECT_TRUE(at::equal(plain[0], faster[0]));
  EXPECT_TRUE(at::equal(plain[1], faster[1]));
  // The bias does not decay, so that its way is proportional to the rate.
  const at::Tensor way = 0.5 - plain[3];
  EXPECT_TRUE(at::allclose(0.5 - faster[3], 3 * way, 1e-5, 0));
  EXPECT_GT((plain[2] - faster[2]).min().item<double>(), 0.01);
}

}  // namespace
}  // namespace train_backbone::optim
