#include "train_backbone/models/freeze.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "train_backbone/core/errors.h"
#include "train_backbone/models/registry.h"

namespace train_backbone::models {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

std::shared_ptr<Backbone> small_network() {
  at::set_num_threads(1);
  return make_model({.name = "resnet18v1_b", .num_classes = 3}, 0);
}

bool lies_in(const std::string& name, const std::string& module) {
  return name.starts_with(module + ".");
}

class Parts : public testing::TestWithParam<std::string> {};

TEST_P(Parts, HoldEveryTensorOnceAndEndWithTheClassifier) {
  for (const bool original : {false, true}) {
    const auto model = make_model({.name = GetParam(), .num_classes = 3, .original = original}, 0);
    const std::vector<NetworkPart> parts = model->parts();
    EXPECT_EQ(parts.front().name, "stem");
    EXPECT_EQ(parts.back().name, "head");
    for (const auto& state : {model->named_parameters(), model->named_buffers()}) {
      for (const auto& entry : state) {
        int holders = 0;
        for (const NetworkPart& part : parts) {
          for (const std::string& module : part.modules) holders += lies_in(entry.key(), module);
        }
        EXPECT_EQ(holders, 1) << entry.key();
      }
    }
    const std::string head = parts.back().modules.front();
    EXPECT_EQ(model->named_parameters()[head + ".weight"].size(0), 3);
  }
}

INSTANTIATE_TEST_SUITE_P(Models, Parts,
                         testing::Values("resnet18v1_b", "resnet50v1_d", "hrnet_w18c", "darknet53"),
                         [](const auto& parameter) { return parameter.param; });

TEST(ParseFreeze, IsSortedWithoutBlanksAndRepeats) {
  EXPECT_THAT(parse_freeze("stem, layer1,stem,"), ElementsAre("layer1", "stem"));
  EXPECT_TRUE(parse_freeze("").empty());
}

TEST(Freeze, TakesPartsAndModulesAndNothingElse) {
  const auto model = small_network();
  freeze(*model, {.names = {"stem", "layer1", "layer2.0"}});
  for (const auto& entry : model->named_parameters()) {
    const std::string& name = entry.key();
    const bool frozen = lies_in(name, "conv1") || lies_in(name, "bn1") || lies_in(name, "layer1") ||
                        lies_in(name, "layer2.0");
    EXPECT_EQ(entry.value().requires_grad(), !frozen) << name;
  }
}

std::map<std::string, at::Tensor> copied_state(const Backbone& model) {
  std::map<std::string, at::Tensor> copies;
  for (const auto& state : {model.named_parameters(), model.named_buffers()}) {
    for (const auto& entry : state) copies[entry.key()] = entry.value().detach().clone();
  }
  return copies;
}

// A training step of sorts; names of what is no longer as before.
std::set<std::string> changed_by_training(Backbone& model) {
  const auto before = copied_state(model);
  model.train();
  model.forward(at::rand({4, 3, 32, 32})).square().sum().backward();
  for (const at::Tensor& parameter : model.parameters()) {
    const at::NoGradGuard no_grad;
    if (parameter.grad().defined()) parameter.sub_(parameter.grad() + 1);
  }
  std::set<std::string> changed;
  for (const auto& [name, tensor] : copied_state(model)) {
    if (!at::equal(tensor, before.at(name))) changed.insert(name);
  }
  return changed;
}

TEST(Freeze, KeepsWeightsAndStatisticsBitForBitInTraining) {
  const auto model = small_network();
  freeze(*model, {.names = {"stem", "layer1"}});
  size_t outside = 0;
  for (const auto& [name, tensor] : copied_state(*model)) {
    outside += !lies_in(name, "conv1") && !lies_in(name, "bn1") && !lies_in(name, "layer1");
  }
  const std::set<std::string> changed = changed_by_training(*model);
  EXPECT_EQ(changed.size(), outside);
  for (const std::string& name : changed) {
    EXPECT_FALSE(lies_in(name, "bn1") || lies_in(name, "layer1")) << name;
  }
}

TEST(Freeze, BatchNormOnlyLeavesAllConvolutionsLearning) {
  const auto model = small_network();
  freeze(*model, {.names = {}, .batch_norm = true});
  const std::set<std::string> changed = changed_by_training(*model);
  size_t learning = 0;
  for (const auto& entry : model->named_parameters()) {
    const bool convolution_or_dense = entry.value().dim() > 1 || entry.key() == "fc.bias";
    EXPECT_EQ(changed.contains(entry.key()), convolution_or_dense) << entry.key();
    learning += convolution_or_dense;
  }
  EXPECT_EQ(changed.size(), learning) << "no statistics among them";
}

TEST(Freeze, FrozenPartsComputeAsInEvaluation) {
  const auto model = small_network();
  freeze(*model, {.names = {}, .batch_norm = true});
  const at::Tensor images = at::rand({2, 3, 32, 32});
  model->train();
  const at::Tensor training = model->forward(images);
  model->eval();
  EXPECT_TRUE(at::equal(training, model->forward(images)));
}

TEST(Freeze, AnUnknownNameIsAnsweredWithTheParts) {
  const auto model = small_network();
  EXPECT_THAT([&] { freeze(*model, {.names = {"layer5"}}); },
              ThrowsMessage<core::UsageError>(AllOf(
                  HasSubstr("'layer5'"), HasSubstr("stem, layer1, layer2, layer3, layer4, head"))));
}

TEST(Freeze, SomethingMustBeLeftToLearn) {
  const auto model = small_network();
  EXPECT_THROW(freeze(*model, {.names = {"stem", "layer1", "layer2", "layer3", "layer4", "head"}}),
               core::UsageError);
}

}  // namespace
}  // namespace train_backbone::models
