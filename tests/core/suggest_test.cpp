#include "train_backbone/core/suggest.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace train_backbone::core {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

const std::vector<std::string> kModels = {"resnet18_v1b", "resnet50_v1b", "resnet50_v1c",
                                          "resnet101_v1b", "hrnet_w18"};
const std::vector<std::string> kOptions = {"batch_size", "learning_rate", "label_smoothing",
                                           "momentum", "mixup_alpha"};

TEST(Suggest, NamesAreFoldedWithoutCaseAndSeparators) {
  EXPECT_EQ(fold_name("ResNet50-V1_b"), "resnet50v1b");
  EXPECT_EQ(fold_name(""), "");
}

TEST(Suggest, NearestNameComesFirst) {
  EXPECT_EQ(closest_names("resnet50v1_d", kModels).front(), "resnet50_v1b");
  EXPECT_EQ(closest_names("resnet101v1", kModels).front(), "resnet101_v1b");
  EXPECT_THAT(closest_names("Batch-Sise", kOptions), ElementsAre("batch_size"));
}

TEST(Suggest, SwappedNeighboursAreOneMistake) {
  // Three swaps: within the distance allowed for 12 letters only when each counts once.
  EXPECT_THAT(closest_names("elaringnrtae", kOptions), ElementsAre("learning_rate"));
}

TEST(Suggest, BeginningOfALongNameIsNear) {
  EXPECT_THAT(closest_names("mom", kOptions), ElementsAre("momentum"));
  EXPECT_THAT(closest_names("label_", kOptions), ElementsAre("label_smoothing"));
}

TEST(Suggest, AtMostAsManyAsAsked) {
  EXPECT_EQ(closest_names("resnet", kModels).size(), 3U);
  EXPECT_EQ(closest_names("resnet", kModels, 1).size(), 1U);
}

TEST(Suggest, NothingNearIsEmpty) {
  EXPECT_THAT(closest_names("quantization", kOptions), IsEmpty());
  EXPECT_THAT(closest_names("momentum", {}), IsEmpty());
}

TEST(Suggest, MessageNamesTheNearOnes) {
  EXPECT_EQ(unknown_name_message("option", "momentun", kOptions),
            "unknown option 'momentun'; did you mean 'momentum'?");
  EXPECT_EQ(unknown_name_message("schedule", "cosin", {"cosine", "cosines"}),
            "unknown schedule 'cosin'; did you mean 'cosine' or 'cosines'?");
}

TEST(Suggest, MessageListsAllWhenNothingIsNear) {
  EXPECT_EQ(unknown_name_message("device", "abacus", {"auto", "cpu", "cuda"}),
            "unknown device 'abacus'; known are 'auto', 'cpu' and 'cuda'");
}

}  // namespace
}  // namespace train_backbone::core
