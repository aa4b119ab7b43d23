#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "train_backbone/models/key_map.h"

namespace train_backbone::models {
namespace {

constexpr int64_t kClasses = 7;

struct Network {
  std::string model;
  bool original = false;
};

std::vector<Network> networks() {
  std::vector<Network> all{{"hrnet_w18c"}, {"hrnet_w32c"}, {"darknet53"}, {"hrnet_w32c", true}};
  for (const std::string depth : {"18", "34", "50", "101"}) {
    for (const std::string letter : {"b", "c", "d"}) {
      all.push_back({"resnet" + depth + "v1_" + letter});
      if (depth.size() == 3 || depth == "50") all.push_back({all.back().model, true});
    }
  }
  return all;
}

std::multiset<std::string> texts(const std::vector<KeyShape>& shapes, bool with_sizes) {
  std::multiset<std::string> lines;
  for (const KeyShape& shape : shapes) {
    std::string line = shape.key;
    for (const int64_t size : shape.sizes) line += with_sizes ? " " + std::to_string(size) : "";
    lines.insert(line);
  }
  return lines;
}

bool holds_kernels_last(const KeyShape& shape) {
  return shape.key.ends_with("/kernel:0") && shape.sizes.size() == 4;
}

// What our tensors become, by the key maps and the shapes of our own list.
std::multiset<std::string> mapped(const Network& network, Naming naming, bool backbone_only) {
  const KeyTraits traits = key_traits(network.model, network.original);
  std::vector<KeyShape> shapes;
  for (KeyShape shape :
       key_list(network.model, network.original, Naming::kTimm, kClasses, backbone_only)) {
    const auto key = to_foreign_key(traits, naming, shape.key);
    if (!key) continue;
    shape.key = *key;
    std::vector<int64_t>& sizes = shape.sizes;
    if (holds_kernels_last(shape)) sizes = {sizes[2], sizes[3], sizes[1], sizes[0]};
    if (shape.key == "logits/kernel:0") std::swap(sizes[0], sizes[1]);
    shapes.push_back(shape);
  }
  return texts(shapes, true);
}

TEST(KeyList, EveryNetworkOfEveryProgramHasTheKeysThatOursBecome) {
  size_t lists = 0;
  for (const Network& network : networks()) {
    for (const Naming naming : namings_of(key_traits(network.model, network.original))) {
      for (const bool backbone_only : {false, true}) {
        const auto list =
            key_list(network.model, network.original, naming, kClasses, backbone_only);
        if (list.empty()) {
          // The detection models are the original's, whose deep stem is another.
          EXPECT_TRUE(naming == Naming::kKeras && !network.original) << network.model;
          continue;
        }
        EXPECT_EQ(mapped(network, naming, backbone_only), texts(list, true))
            << network.model << " " << naming_name(naming);
        ++lists;
      }
    }
  }
  // 15 models in timm and mmdet, 14 in mmpretrain, 4 in torchvision, 6 in detectron2, 2 in Keras, 1
  // in darknet; the original's HRNet in 3, its six ResNets in 2 to 4; each with and without head.
  EXPECT_EQ(lists, 2 * (15 + 15 + 14 + 4 + 6 + 2 + 1 + 3 + 2 * (6 + 5 + 5)));
}

TEST(KeyList, NoListForNetworksThatNobodyElseHas) {
  EXPECT_TRUE(key_list("darknet53", true, Naming::kMmdet, kClasses, true).empty());
  EXPECT_TRUE(key_list("resnet18v1_d", true, Naming::kTimm, kClasses, true).empty());
  EXPECT_TRUE(key_list("resnet50v1_d", false, Naming::kTorchvision, kClasses, true).empty());
  EXPECT_TRUE(key_list("resnet50v1_d", false, Naming::kKeras, kClasses, true).empty());
}

// Counts of the programs themselves.
TEST(KeyList, ExpandsItsShortForms) {
  const auto resnet = key_list("resnet50v1_b", false, Naming::kTorchvision, kClasses, false);
  EXPECT_EQ(resnet.size(), 320U);
  EXPECT_EQ(texts(resnet, true).count("fc.weight 7 2048"), 1U);
  EXPECT_EQ(texts(resnet, true).count("bn1.num_batches_tracked"), 1U);
  EXPECT_EQ(key_list("hrnet_w18c", false, Naming::kTimm, kClasses, false).size(), 1956U);
  const auto darknet = key_list("darknet53", false, Naming::kDarknet, kClasses, false);
  ASSERT_EQ(darknet.size(), 52U * 5);
  EXPECT_EQ(darknet[0].key, "0.biases");
  EXPECT_EQ(darknet[4].key, "0.weights");
  EXPECT_EQ(darknet[4].sizes, (std::vector<int64_t>{32, 3, 3, 3}));
}

TEST(KeyList, TellsHeadsFromBackbones) {
  for (const Network& network : networks()) {
    const auto keys = [&](bool backbone_only) {
      return texts(
          key_list(network.model, network.original, Naming::kTimm, kClasses, backbone_only), false);
    };
    std::multiset<std::string> body = keys(false);
    std::erase_if(body, is_head_key);
    EXPECT_EQ(body, keys(true)) << network.model;
  }
}

}  // namespace
}  // namespace train_backbone::models
