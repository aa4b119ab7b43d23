#include "train_backbone/models/registry.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <set>

#include "tests/support/golden.h"
#include "train_backbone/core/errors.h"
#include "train_backbone/core/format.h"
#include "train_backbone/models/options.h"

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

// Counted by hooks on the convolutions and dense layers of timm while it runs.
class Table : public testing::TestWithParam<std::string> {};

TEST_P(Table, HasTheCostOfTimms) {
  const nlohmann::json wanted = test::read_golden("models/table.json")[GetParam()];
  EXPECT_EQ(default_image_size(GetParam(), false), wanted["image_size"]);
  const ModelCost cost = model_cost({.name = GetParam()}, wanted["image_size"]);
  EXPECT_EQ(cost.parameters, wanted["parameters"]);
  EXPECT_EQ(cost.multiply_adds, wanted["multiply_adds"]);
}

INSTANTIATE_TEST_SUITE_P(Models, Table, testing::ValuesIn(model_names()),
                         [](const auto& name) { return name.param; });

// As published.
TEST(Registry, ParametersOfTheNamedModels) {
  const std::map<std::string, int64_t> published{
      {"resnet50v1_b", 25'557'032},  {"resnet50v1_c", 25'576'264},  {"resnet50v1_d", 25'576'264},
      {"resnet101v1_b", 44'549'160}, {"resnet101v1_c", 44'568'392}, {"resnet101v1_d", 44'568'392},
      {"hrnet_w18c", 21'299'004},    {"hrnet_w32c", 41'232'680},    {"darknet53", 41'609'928}};
  for (const auto& [name, parameters] : published) {
    EXPECT_EQ(model_cost({.name = name}, 224).parameters, parameters) << name;
  }
}

// Of aws-samples' program, reference figures in models/README.md.
TEST(Registry, ParametersOfTheOriginalsVariants) {
  const std::map<std::string, int64_t> published{
      {"resnet50v1_b", 25'557'032},  {"resnet50v1_c", 25'680'808}, {"resnet50v1_d", 25'680'808},
      {"resnet101v1_d", 44'672'936}, {"hrnet_w32c", 41'232'680},   {"darknet53", 41'592'296}};
  for (const auto& [name, parameters] : published) {
    EXPECT_EQ(model_cost({.name = name, .original = true}, 224).parameters, parameters) << name;
  }
}

TEST(Registry, ListsEveryRowOfTheTable) {
  EXPECT_EQ(model_names().size(), 15U);
  EXPECT_EQ(model_names().front(), "resnet18v1_b");
  EXPECT_EQ(model_names().back(), "darknet53");
  EXPECT_THAT(suggested_models(), ::testing::ElementsAreArray(model_names()));
}

TEST(Registry, CostFollowsClassesAndImageSize) {
  const ModelCost big = model_cost({.name = "resnet50v1_b"}, 224);
  EXPECT_EQ(model_cost({.name = "resnet50v1_b", .num_classes = 10}, 224).parameters,
            big.parameters - 990 * 2049);
  const ModelCost small = model_cost({.name = "resnet50v1_b"}, 32);
  EXPECT_EQ(big.multiply_adds - 2'048'000, 49 * (small.multiply_adds - 2'048'000));
}

TEST(Registry, NamesIgnoreCaseAndSeparators) {
  EXPECT_EQ(canonical_model_name("ResNet50-V1B"), "resnet50v1_b");
}

TEST(Registry, UnknownNamesAreAnsweredWithTheNearest) {
  EXPECT_THAT([] { canonical_model_name("resnet50v1_e"); },
              ThrowsMessage<core::UsageError>(
                  AllOf(HasSubstr("'resnet50v1_e'"), HasSubstr("'resnet50v1_b'"))));
  EXPECT_THAT([] { make_model({.name = "vgg", .num_classes = 10}, 0); },
              ThrowsMessage<core::UsageError>(HasSubstr("resnet101v1_d")));
  EXPECT_THROW(make_model({.name = "resnet18v1_b", .num_classes = 0}, 0), core::UsageError);
}

class Keys : public testing::TestWithParam<std::string> {};

TEST_P(Keys, AreTimmsWithTimmsShapes) {
  std::ifstream file(core::format("{}/models/keys_{}.txt", TB_GOLDEN_DIR, GetParam()));
  ASSERT_TRUE(file);
  std::multiset<std::string> wanted;
  for (std::string line; std::getline(file, line);) wanted.insert(line);
  EXPECT_EQ(described_state(*make_model({.name = GetParam()}, 0)), wanted);
}

INSTANTIATE_TEST_SUITE_P(Models, Keys, testing::ValuesIn(model_names()),
                         [](const auto& name) { return name.param; });

TEST(Registry, HRNetSaysWhichPictureSizesItTakes) {
  EXPECT_NO_THROW(check_image_size("hrnet_w18c", 64, "train_image_size"));
  EXPECT_NO_THROW(check_image_size("resnet50v1_b", 33, "train_image_size"));
  EXPECT_THAT([] { check_image_size("hrnet_w18c", 100, "train_image_size"); },
              ThrowsMessage<core::UsageError>(AllOf(HasSubstr("--train_image_size 100"),
                                                    HasSubstr("multiple of 32"), HasSubstr("96"))));
}

TEST(Forward, TakesOddPictureSizesAndAnyNumberOfClasses) {
  at::set_num_threads(1);  // as in gradient_test.cpp
  const at::NoGradGuard no_grad;
  for (const char* name : {"resnet18v1_b", "resnet18v1_c", "resnet18v1_d", "darknet53"}) {
    const auto model = make_model({.name = name, .num_classes = 7}, 0);
    model->eval();
    for (const auto& [height, width] : {std::pair{8, 8}, {33, 65}, {50, 31}}) {
      const at::Tensor images = at::rand({2, 3, height, width});
      const at::Tensor logits = model->forward(images);
      EXPECT_EQ(logits.sizes(), at::IntArrayRef({2, 7})) << name;
      EXPECT_TRUE(logits.isfinite().all().item<bool>()) << name;
    }
  }
}

TEST(Forward, HRNetTakesOblongPictures) {
  at::set_num_threads(1);
  const at::NoGradGuard no_grad;
  const auto model = make_model({.name = "hrnet_w18c", .num_classes = 7}, 0);
  model->eval();
  const at::Tensor logits = model->forward(at::rand({1, 3, 32, 96}));
  EXPECT_EQ(logits.sizes(), at::IntArrayRef({1, 7}));
  EXPECT_TRUE(logits.isfinite().all().item<bool>());
}

TEST(Registry, OnePixelUsesEachWeightOnce) {
  // One pixel leaves one position in every feature map.
  const ModelCost cost = model_cost({.name = "resnet18v1_d", .num_classes = 10}, 1);
  int64_t weights = 0;
  for (const at::Tensor& parameter :
       make_model({.name = "resnet18v1_d", .num_classes = 10}, 0)->parameters()) {
    if (parameter.dim() > 1) weights += parameter.numel();
  }
  EXPECT_EQ(cost.multiply_adds, weights);
}

class Initialised : public testing::Test {
 protected:
  static at::Tensor parameter(const Classifier& model, const std::string& name) {
    return model.named_parameters()[name].detach();
  }
  const std::shared_ptr<Classifier> model_ =
      make_model({.name = "resnet18v1_b", .num_classes = 1000}, 1);
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
  const auto bottleneck = make_model({.name = "resnet50v1_d", .num_classes = 2}, 1);
  EXPECT_TRUE(at::equal(parameter(*bottleneck, "layer1.0.bn3.weight"), at::zeros({256})));
  EXPECT_TRUE(at::equal(parameter(*bottleneck, "layer1.0.bn2.weight"), at::ones({64})));
}

TEST(InitialisedHRNet, FollowsTheOutputsOfAConvolutionAndZeroesNothing) {
  const auto model = make_model({.name = "hrnet_w18c"}, 1);
  const auto parameters = model->named_parameters();
  const at::Tensor down = parameters["downsamp_modules.2.0.weight"].detach();  // [1024, 512, 3, 3]
  EXPECT_NEAR(down.std().item<double>() / std::sqrt(2.0 / (1024 * 9)), 1, 0.002);
  EXPECT_NEAR(parameters["classifier.weight"].std().item<double>() / std::sqrt(1.0 / 2048), 1,
              0.002);
  EXPECT_TRUE(at::equal(parameters["layer1.0.bn3.weight"], at::ones({256})));
  EXPECT_TRUE(at::equal(parameters["downsamp_modules.2.0.bias"], at::zeros({1024})));
}

TEST(InitialisedDarkNet, OnlyTheLastScaleOfEachBlockIsZero) {
  const auto model = make_model({.name = "darknet53", .num_classes = 2}, 1);
  const auto parameters = model->named_parameters();
  EXPECT_TRUE(at::equal(parameters["stages.2.blocks.7.conv2.bn.weight"], at::zeros({256})));
  EXPECT_TRUE(at::equal(parameters["stages.2.blocks.7.conv1.bn.weight"], at::ones({128})));
  EXPECT_TRUE(at::equal(parameters["stages.2.conv_down.bn.weight"], at::ones({256})));
}

TEST_F(Initialised, WeightsAreAFunctionOfTheSeedAlone) {
  at::rand({17});  // LibTorch's own generator has moved on
  const auto again = make_model({.name = "resnet18v1_b", .num_classes = 1000}, 1);
  const auto other = make_model({.name = "resnet18v1_b", .num_classes = 1000}, 2);
  for (const auto& entry : model_->named_parameters()) {
    EXPECT_TRUE(at::equal(entry.value(), parameter(*again, entry.key()))) << entry.key();
  }
  EXPECT_FALSE(at::equal(parameter(*model_, "conv1.weight"), parameter(*other, "conv1.weight")));
}

TEST(Registry, WeightsLieAsConvolutionsReadThemQuickest) {
  const auto model = make_model({.name = "resnet18v1_b", .num_classes = 3}, 0);
  int64_t checked = 0;
  for (const auto& item : model->named_parameters()) {
    if (item.value().dim() != 4) continue;
    EXPECT_TRUE(item.value().is_contiguous(at::MemoryFormat::ChannelsLast)) << item.key();
    ++checked;
  }
  EXPECT_EQ(checked, 20);
}

}  // namespace
}  // namespace train_backbone::models
