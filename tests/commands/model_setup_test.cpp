// Which weights decay by how much, on the networks themselves.
#include "commands/model_setup.h"

#include <gtest/gtest.h>

#include <map>
#include <string>

namespace train_backbone::commands {
namespace {

constexpr double kOption = 0.5;  // torch's, unlike any value of the original

TrainSettings settings_for(const std::string& model, bool original) {
  TrainSettings settings;
  settings.model.model = model;
  settings.model.num_classes = 3;
  settings.data.compat = original ? "aws" : "none";
  settings.optim.l2_weight_decay = kOption / 2;
  return settings;
}

// Decay -> number of convolution and dense weights, none of which is left out; everything else
// must have none.
std::map<double, int> decays_of(const std::string& model, bool original) {
  const TrainSettings settings = settings_for(model, original);
  const auto network = make_training_model(settings);
  const optim::ParameterGroups groups = training_groups(settings, *network);
  EXPECT_EQ(groups.parameters.size(), network->parameters().size());
  std::map<double, int> counts;
  for (const auto& parameter : groups.parameters) {
    const double decay = groups.settings[parameter.group].weight_decay;
    if (parameter.tensor.dim() > 1) {
      ++counts[decay];
    } else {
      EXPECT_EQ(decay, 0) << parameter.name;
    }
  }
  return counts;
}

using Counts = std::map<double, int>;

TEST(WeightDecay, IsOneValueForEveryWeightOfOurs) {
  EXPECT_EQ(decays_of("resnet50v1_d", false), (Counts{{kOption, 3 + 48 + 4 + 1}}));
  EXPECT_EQ(decays_of("darknet53", false), (Counts{{kOption, 53}}));
}

// The original's: Keras' l2(1e-4) is 2e-4 here, l2(5e-5) is 1e-4.
TEST(WeightDecay, OfTheOriginalsResNet50FollowsTheOption) {
  EXPECT_EQ(decays_of("resnet50v1_b", true), (Counts{{kOption, 1 + 48 + 4 + 1}}));
}

TEST(WeightDecay, OfTheOriginalsResNet101DoesNotReachStemAndClassifier) {
  EXPECT_EQ(decays_of("resnet101v1_b", true), (Counts{{2e-4, 2}, {kOption, 99 + 4}}));
  EXPECT_EQ(decays_of("resnet101v1_d", true), (Counts{{2e-4, 4}, {kOption, 99 + 4}}));
}

TEST(WeightDecay, OfTheOriginalsHRNetKnowsNoOption) {
  // Basic blocks: two convolutions in each of 4 blocks of 2, 3, 4 branches of 1, 4, 3 modules.
  const int basic = 2 * 4 * (2 * 1 + 3 * 4 + 4 * 3);
  const Counts counts = decays_of("hrnet_w18c", true);
  ASSERT_EQ(counts.size(), 2U);
  EXPECT_EQ(counts.at(2 * 1e-4), basic);
  EXPECT_EQ(counts.count(2 * 5e-5), 1U);
}

TEST(WeightDecay, OfTheOriginalsDarkNetReachesTheClassifierOnly) {
  EXPECT_EQ(decays_of("darknet53", true), (Counts{{2e-4, 51}, {kOption, 1}}));
}

TEST(TrainingGroups, LeaveOutWhatIsFrozenAndGiveTheHeadItsRate) {
  TrainSettings settings = settings_for("resnet18v1_b", false);
  settings.train.freeze = "stem,layer1";
  settings.optim.head_learning_rate_factor = 7;
  const auto network = make_training_model(settings);
  const optim::ParameterGroups groups = training_groups(settings, *network);
  int of_head = 0;
  for (const auto& parameter : groups.parameters) {
    EXPECT_FALSE(parameter.name.starts_with("conv1.") || parameter.name.starts_with("layer1."));
    const bool head = parameter.name.starts_with("fc.");
    EXPECT_EQ(groups.settings[parameter.group].learning_rate_factor, head ? 7 : 1);
    of_head += head;
  }
  EXPECT_EQ(of_head, 2);
}

}  // namespace
}  // namespace train_backbone::commands
