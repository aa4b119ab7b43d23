#include "train_backbone/models/key_map.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "train_backbone/core/errors.h"

namespace train_backbone::models {
namespace {

using ::testing::ElementsAre;

struct Pair {
  std::string_view model;
  Naming naming;
  std::string_view own;
  std::string_view foreign;  // "": none
  bool original = false;
};

// As the documentation and the published files of each program have them.
const Pair kPairs[] = {
    {"resnet50v1_b", Naming::kTorchvision, "layer1.0.conv2.weight", "layer1.0.conv2.weight"},
    {"resnet50v1_c", Naming::kMmdet, "conv1.4.running_var", "stem.4.running_var"},
    {"resnet50v1_c", Naming::kMmdet, "bn1.bias", "stem.7.bias"},
    {"resnet50v1_b", Naming::kMmdet, "bn1.bias", "bn1.bias"},
    {"resnet50v1_b", Naming::kMmdet, "fc.weight", ""},
    {"resnet50v1_d", Naming::kMmdet, "layer1.0.downsample.1.weight",
     "layer1.0.downsample.1.weight"},
    {"resnet50v1_d", Naming::kMmpretrain, "layer1.0.downsample.1.weight",
     "backbone.layer1.0.downsample.0.weight"},
    {"resnet50v1_d", Naming::kMmpretrain, "layer2.0.downsample.1.weight",
     "backbone.layer2.0.downsample.1.weight"},
    {"resnet50v1_d", Naming::kMmpretrain, "conv1.6.weight", "backbone.stem.2.conv.weight"},
    {"resnet50v1_b", Naming::kMmpretrain, "fc.bias", "head.fc.bias"},
    {"resnet101v1_b", Naming::kDetectron2, "layer4.0.downsample.0.weight",
     "res5.0.shortcut.weight"},
    {"resnet101v1_b", Naming::kDetectron2, "layer3.22.bn3.running_mean",
     "res4.22.conv3.norm.running_mean"},
    {"resnet50v1_b", Naming::kDetectron2, "bn1.num_batches_tracked", ""},
    {"resnet50v1_c", Naming::kDetectron2, "bn1.weight", "stem.conv3.norm.weight"},
    {"resnet50v1_b", Naming::kKeras, "layer1.0.conv1.weight", "conv2_block1_1_conv/kernel:0"},
    {"resnet50v1_b", Naming::kKeras, "layer4.2.bn3.weight", "conv5_block3_3_bn/gamma:0"},
    {"resnet50v1_d", Naming::kKeras, "layer2.0.downsample.2.running_var",
     "conv3_block1_0_bn/moving_variance:0"},
    {"resnet50v1_d", Naming::kKeras, "layer2.0.downsample.1.running_var",
     "conv3_block1_0_bn/moving_variance:0", true},
    {"resnet50v1_d", Naming::kKeras, "conv1.3.weight", "conv1_3x3_stem2/kernel:0"},
    {"resnet50v1_b", Naming::kKeras, "fc.weight", "logits/kernel:0"},
    {"hrnet_w18c", Naming::kMmdet, "stage3.2.fuse_layers.0.1.0.weight",
     "stage3.2.fuse_layers.0.1.0.weight"},
    {"hrnet_w18c", Naming::kMmdet, "incre_modules.0.0.conv1.weight", ""},
    {"hrnet_w18c", Naming::kMmpretrain, "layer1.0.bn1.bias", "backbone.layer1.0.bn1.bias"},
    {"hrnet_w18c", Naming::kDetectron2, "conv1.weight", ""},
    {"darknet53", Naming::kMmdet, "stages.0.conv_down.bn.weight", "conv_res_block1.conv.bn.weight"},
    {"darknet53", Naming::kMmdet, "stages.4.blocks.3.conv2.conv.weight",
     "conv_res_block5.res3.conv2.conv.weight"},
    {"darknet53", Naming::kMmdet, "head.fc.weight", ""},
    {"darknet53", Naming::kDarknet, "stem.conv1.conv.weight", "0.weights"},
    {"darknet53", Naming::kDarknet, "stages.2.blocks.7.conv2.bn.bias", "35.biases"},
    {"darknet53", Naming::kDarknet, "stages.4.blocks.3.conv2.bn.running_mean", "73.rolling_mean"},
    {"darknet53", Naming::kDarknet, "stages.9.conv_down.conv.weight", ""},
    {"darknet53", Naming::kDarknet, "head.fc.bias", ""},
};

TEST(KeyMap, GivesTheNamesOfOthersAndBack) {
  for (const Pair& pair : kPairs) {
    const KeyTraits traits = key_traits(pair.model, pair.original);
    const std::string found = to_foreign_key(traits, pair.naming, pair.own).value_or("");
    EXPECT_EQ(found, pair.foreign) << pair.model << " " << pair.own;
    if (pair.foreign.empty() || pair.naming == Naming::kDarknet) continue;
    EXPECT_EQ(to_own_key(traits, pair.naming, pair.foreign), pair.own) << pair.foreign;
  }
}

TEST(KeyMap, TakesNoKeyThatTheNamingDoesNotGive) {
  const KeyTraits deep = key_traits("resnet50v1_d", false);
  EXPECT_EQ(to_own_key(deep, Naming::kMmdet, "bn1.weight"), std::nullopt);
  EXPECT_EQ(to_own_key(deep, Naming::kMmdet, "fc.weight"), std::nullopt);
  EXPECT_EQ(to_own_key(deep, Naming::kMmpretrain, "conv1.0.weight"), std::nullopt);
  EXPECT_EQ(to_own_key(deep, Naming::kKeras, "conv0_block1_1_conv/kernel:0"), std::nullopt);
  EXPECT_EQ(to_own_key(deep, Naming::kKeras, "conv2_block01_1_conv/kernel:0"), std::nullopt);
}

TEST(KeyMap, NamesAndNetworks) {
  for (const std::string& name : naming_names()) EXPECT_EQ(naming_name(parse_naming(name)), name);
  EXPECT_THROW(parse_naming("onnx"), core::UsageError);
  EXPECT_THAT(namings_of(key_traits("resnet18v1_c", false)),
              ElementsAre(Naming::kTimm, Naming::kMmdet, Naming::kMmpretrain));
  EXPECT_THAT(namings_of(key_traits("resnet101v1_b", false)),
              ElementsAre(Naming::kTimm, Naming::kTorchvision, Naming::kMmdet, Naming::kMmpretrain,
                          Naming::kDetectron2, Naming::kKeras));
  EXPECT_THAT(namings_of(key_traits("darknet53", false)),
              ElementsAre(Naming::kTimm, Naming::kMmdet, Naming::kDarknet));
}

TEST(KeyMap, RecognisesWhoseNamesAFileHas) {
  const KeyTraits traits = key_traits("resnet50v1_d", false);
  const std::vector<std::string> own{"conv1.0.weight", "bn1.weight", "layer1.0.downsample.1.weight",
                                     "fc.weight"};
  const auto naming_of = [&](const std::vector<std::string>& keys) {
    const auto found = recognise_naming(traits, own, keys);
    return found ? std::string(naming_name(found->naming)) + "/" + found->prefix + "/" +
                       std::to_string(found->matched)
                 : "none";
  };
  EXPECT_EQ(naming_of(own), "timm//4");
  EXPECT_EQ(naming_of({"module.conv1.0.weight", "module.bn1.weight"}), "timm/module./2");
  EXPECT_EQ(naming_of({"stem.0.weight", "stem.7.weight", "layer1.0.downsample.1.weight"}),
            "mmdet//3");
  EXPECT_EQ(naming_of({"backbone.stem.0.weight", "backbone.stem.7.weight", "neck.x"}),
            "mmdet/backbone./2");
  EXPECT_EQ(naming_of({"backbone.stem.0.conv.weight", "backbone.stem.2.bn.weight",
                       "backbone.layer1.0.downsample.0.weight", "head.fc.weight"}),
            "mmpretrain//4");
  EXPECT_EQ(naming_of({"encoder.weight"}), "none");
}

}  // namespace
}  // namespace train_backbone::models
