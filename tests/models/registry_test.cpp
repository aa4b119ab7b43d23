#include "train_backbone/models/registry.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <set>

#include "models/resnet.h"
#include "train_backbone/core/errors.h"
#include "train_backbone/core/format.h"

namespace train_backbone::models {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

// "name size size ...", one per parameter and buffer.
std::multiset<std::string> described_state(const Classifier& model) {
  std::multiset<std::string> lines;
  for (const auto& state : {model.named_parameters(), model.named_buffers()}) {
    for (const auto& entry : state) {
      std::string line = entry.key();
      for (const int64_t size : entry.value().sizes()) line += core::format(" {}", size);
      lines.insert(line);
    }
  }
  return lines;
}

struct Row {
  const char* name;
  int64_t parameters;
  int64_t multiply_adds;  // at 224 x 224
};

// Counted by hooks on the convolutions and dense layers of timm 1.0.31 while it runs.
class Table : public testing::TestWithParam<Row> {};

TEST_P(Table, HasTheCostOfTimms) {
  const ModelCost cost = model_cost(GetParam().name, 1000, 224);
  EXPECT_EQ(cost.parameters, GetParam().parameters);
  EXPECT_EQ(cost.multiply_adds, GetParam().multiply_adds);
}

INSTANTIATE_TEST_SUITE_P(Models, Table,
                         testing::Values(Row{"resnet18v1_b", 11'689'512, 1'814'073'344},
                                         Row{"resnet18v1_c", 11'708'744, 2'053'713'920},
                                         Row{"resnet18v1_d", 11'708'744, 2'053'713'920},
                                         Row{"resnet34v1_b", 21'797'672, 3'663'761'408},
                                         Row{"resnet34v1_c", 21'816'904, 3'903'401'984},
                                         Row{"resnet34v1_d", 21'816'904, 3'903'401'984},
                                         Row{"resnet50v1_b", 25'557'032, 4'089'184'256},
                                         Row{"resnet50v1_c", 25'576'264, 4'328'824'832},
                                         Row{"resnet50v1_d", 25'576'264, 4'328'824'832},
                                         Row{"resnet101v1_b", 44'549'160, 7'801'405'440},
                                         Row{"resnet101v1_c", 44'568'392, 8'041'046'016},
                                         Row{"resnet101v1_d", 44'568'392, 8'041'046'016}),
                         [](const auto& row) { return std::string(row.param.name); });

TEST(Registry, ListsEveryRowOfTheTable) {
  EXPECT_EQ(model_names().size(), 12U);
  EXPECT_EQ(model_names().front(), "resnet18v1_b");
  EXPECT_EQ(model_names().back(), "resnet101v1_d");
}

TEST(Registry, CostFollowsClassesAndImageSize) {
  const ModelCost big = model_cost("resnet50v1_b", 1000, 224);
  EXPECT_EQ(model_cost("resnet50v1_b", 10, 224).parameters, big.parameters - 990 * 2049);
  const ModelCost small = model_cost("resnet50v1_b", 1000, 32);
  EXPECT_EQ(big.multiply_adds - 2'048'000, 49 * (small.multiply_adds - 2'048'000));
}

TEST(Registry, NamesIgnoreCaseAndSeparators) {
  EXPECT_EQ(canonical_model_name("ResNet50-V1B"), "resnet50v1_b");
}

TEST(Registry, UnknownNamesAreAnsweredWithTheNearest) {
  EXPECT_THAT([] { canonical_model_name("resnet50v1_e"); },
              ThrowsMessage<core::UsageError>(
                  AllOf(HasSubstr("'resnet50v1_e'"), HasSubstr("'resnet50v1_b'"))));
  EXPECT_THAT([] { make_model("vgg", 10, 0); },
              ThrowsMessage<core::UsageError>(HasSubstr("resnet101v1_d")));
  EXPECT_THROW(make_model("resnet18v1_b", 0, 0), core::UsageError);
}

class Keys : public testing::TestWithParam<std::string_view> {};

TEST_P(Keys, AreTimmsWithTimmsShapes) {
  std::ifstream file(core::format("{}/models/keys_{}.txt", TB_GOLDEN_DIR, GetParam()));
  ASSERT_TRUE(file);
  std::multiset<std::string> wanted;
  for (std::string line; std::getline(file, line);) wanted.insert(line);
  const auto* spec = std::ranges::find(kResNets, GetParam(), &ResNetSpec::name);
  ASSERT_NE(spec, kResNets.end());
  EXPECT_EQ(described_state(ResNet(*spec, 1000)), wanted);
}

INSTANTIATE_TEST_SUITE_P(Models, Keys,
                         testing::Values("resnet18v1_b", "resnet18v1_d", "resnet50v1_b",
                                         "resnet50v1_c", "resnet50v1_d"),
                         [](const auto& name) { return std::string(name.param); });

TEST(Forward, TakesOddPictureSizesAndAnyNumberOfClasses) {
  at::set_num_threads(1);  // as in gradient_test.cpp
  const at::NoGradGuard no_grad;
  for (const char* name : {"resnet18v1_b", "resnet18v1_c", "resnet18v1_d"}) {
    const auto model = make_model(name, 7, 0);
    model->eval();
    for (const auto& [height, width] : {std::pair{8, 8}, {33, 65}, {50, 31}}) {
      const at::Tensor images = at::rand({2, 3, height, width});
      const at::Tensor logits = model->forward(images);
      EXPECT_EQ(logits.sizes(), at::IntArrayRef({2, 7})) << name;
      EXPECT_TRUE(logits.isfinite().all().item<bool>()) << name;
    }
  }
}

TEST(Registry, OnePixelUsesEachWeightOnce) {
  // One pixel leaves one position in every feature map.
  const ModelCost cost = model_cost("resnet18v1_d", 10, 1);
  int64_t weights = 0;
  for (const at::Tensor& parameter : make_model("resnet18v1_d", 10, 0)->parameters()) {
    if (parameter.dim() > 1) weights += parameter.numel();
  }
  EXPECT_EQ(cost.multiply_adds, weights);
}

class Initialised : public testing::Test {
 protected:
  static at::Tensor parameter(const Classifier& model, const std::string& name) {
    return model.named_parameters()[name].detach();
  }
  const std::shared_ptr<Classifier> model_ = make_model("resnet18v1_b", 1000, 1);
};

TEST_F(Initialised, ConvolutionsAreHeNormalCutAtTwoDeviations) {
  const at::Tensor weight = parameter(*model_, "layer4.1.conv2.weight");  // 2.4 million values
  const double deviation = std::sqrt(2.0 / (512 * 9));
  EXPECT_NEAR(weight.std().item<double>() / deviation, 1, 0.002);
  EXPECT_NEAR(weight.mean().item<double>() / deviation, 0, 0.002);
  EXPECT_LE(weight.abs().max().item<double>(), 2 * deviation / 0.8796);
  EXPECT_GT(weight.abs().max().item<double>(), 1.99 * deviation / 0.8797);
}

TEST_F(Initialised, ClassifierIsSmallAndItsBiasZero) {
  const at::Tensor weight = parameter(*model_, "fc.weight");
  EXPECT_NEAR(weight.std().item<double>(), 0.01 * 0.8796, 5e-5);
  EXPECT_LE(weight.abs().max().item<double>(), 0.02 * (1 + 1e-6));
  EXPECT_EQ(parameter(*model_, "fc.bias").count_nonzero().item<int64_t>(), 0);
}

TEST_F(Initialised, OnlyTheLastScaleOfEachBlockIsZero) {
  EXPECT_TRUE(at::equal(parameter(*model_, "layer2.0.bn2.weight"), at::zeros({128})));
  EXPECT_TRUE(at::equal(parameter(*model_, "layer2.0.bn1.weight"), at::ones({128})));
  EXPECT_TRUE(at::equal(parameter(*model_, "layer2.0.downsample.1.weight"), at::ones({128})));
  EXPECT_TRUE(at::equal(parameter(*model_, "bn1.weight"), at::ones({64})));
  const auto bottleneck = make_model("resnet50v1_d", 2, 1);
  EXPECT_TRUE(at::equal(parameter(*bottleneck, "layer1.0.bn3.weight"), at::zeros({256})));
  EXPECT_TRUE(at::equal(parameter(*bottleneck, "layer1.0.bn2.weight"), at::ones({64})));
}

TEST_F(Initialised, WeightsAreAFunctionOfTheSeedAlone) {
  at::rand({17});  // LibTorch's own generator has moved on
  const auto again = make_model("resnet18v1_b", 1000, 1);
  const auto other = make_model("resnet18v1_b", 1000, 2);
  for (const auto& entry : model_->named_parameters()) {
    EXPECT_TRUE(at::equal(entry.value(), parameter(*again, entry.key()))) << entry.key();
  }
  EXPECT_FALSE(at::equal(parameter(*model_, "conv1.weight"), parameter(*other, "conv1.weight")));
}

}  // namespace
}  // namespace train_backbone::models
