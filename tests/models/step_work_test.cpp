#include "train_backbone/models/step_work.h"

#include <gtest/gtest.h>

#include <map>
#include <string>

#include "train_backbone/models/registry.h"

namespace train_backbone::models {
namespace {

std::map<WorkKind, int64_t> elements_by_kind(const ModelCost& cost) {
  std::map<WorkKind, int64_t> elements;
  for (const LayerWork& layer : cost.layers) elements[layer.kind] += layer.elements;
  return elements;
}

int64_t all_elements(const ModelCost& cost) {
  int64_t all = 0;
  for (const LayerWork& layer : cost.layers) all += layer.elements;
  return all;
}

// Counted by hand: 3 passes over input (10.66 M) and output of the convolutions, less one over the
// stem's.
TEST(StepWork, OfResNet50IsThatOfTheTables) {
  const ModelCost cost = model_cost({.name = "resnet50v1_b"}, 224);
  std::map<WorkKind, int64_t> elements = elements_by_kind(cost);
  const int64_t plain = elements[WorkKind::kNormalisation];
  const int64_t residual = elements[WorkKind::kResidualNormalisation];
  // Every convolution is followed by a normalisation.
  EXPECT_EQ(plain / 8 + residual / 11, 11'113'984);  // outputs of convolutions
  EXPECT_EQ(residual / 11, 5'519'360);
  EXPECT_EQ(2 * (plain + residual), 210'939'904);  // bytes in 16 bits
  constexpr int64_t kDense = 3 * (2048 + 1000);
  EXPECT_EQ(2 * (elements[WorkKind::kConvolution] - kDense), 128'751'616);
  const int64_t maximum = 2 * (64 * 112 * 112 + 64 * 56 * 56);
  const int64_t mean = 2 * (2048 * 49 + 2048);
  EXPECT_EQ(elements[WorkKind::kOther], maximum + mean);
}

TEST(StepWork, HasThePassesOfEachConvolution) {
  const ModelCost cost = model_cost({.name = "resnet50v1_b"}, 224);
  int64_t multiply_adds = 0;
  for (const LayerWork& layer : cost.layers) multiply_adds += layer.multiply_adds;
  constexpr int64_t kStem = int64_t{3} * 49 * 64 * 112 * 112;
  EXPECT_EQ(multiply_adds, 3 * cost.multiply_adds - kStem);
}

TEST(StepWork, FollowsTheImageSize) {
  for (const std::string& name : model_names()) {
    const ModelCost small = model_cost({.name = name}, 64);
    const ModelCost big = model_cost({.name = name}, 128);
    // The dense layer and the mean that it reads do not grow.
    const int64_t dense = small.layers.back().elements;
    const int64_t fixed = dense + 2 * (dense / 3 - 1000);
    EXPECT_EQ(all_elements(big) - fixed, 4 * (all_elements(small) - fixed)) << name;
  }
}

// Three blocks of V1d average where those of V1c stride.
TEST(StepWork, CountsTheAveragesOfShortcuts) {
  const std::map<WorkKind, int64_t> strided =
      elements_by_kind(model_cost({.name = "resnet50v1_c"}, 224));
  const std::map<WorkKind, int64_t> averaged =
      elements_by_kind(model_cost({.name = "resnet50v1_d"}, 224));
  constexpr int64_t kInputs = 256 * 56 * 56 + 512 * 28 * 28 + 1024 * 14 * 14;
  EXPECT_EQ(averaged.at(WorkKind::kOther) - strided.at(WorkKind::kOther),
            2 * (kInputs + kInputs / 4));
  // The convolutions behind them read a quarter.
  EXPECT_EQ(strided.at(WorkKind::kConvolution) - averaged.at(WorkKind::kConvolution),
            3 * (kInputs - kInputs / 4));
  EXPECT_EQ(strided.at(WorkKind::kNormalisation), averaged.at(WorkKind::kNormalisation));
}

// Each block's sum reads the input once more.
TEST(StepWork, CountsTheSumsOfDarkNet) {
  const std::map<WorkKind, int64_t> elements =
      elements_by_kind(model_cost({.name = "darknet53"}, 256));
  int64_t sums = 0;
  const int64_t depths[] = {1, 2, 8, 8, 4};
  for (int stage = 0; stage < 5; ++stage) {
    const int64_t side = 128 >> stage;
    sums += depths[stage] * (int64_t{64} << stage) * side * side;
  }
  EXPECT_EQ(elements.at(WorkKind::kOther), sums + 2 * (1024 * 64 + 1024));
  EXPECT_FALSE(elements.contains(WorkKind::kResidualNormalisation));
}

// W18 at 32 pixels: branches of 8, 4, 2 and 1 pixels, so maps of 1152, 576, 288 and 144 elements.
TEST(StepWork, CountsTheSumsOfHRNet) {
  const std::map<WorkKind, int64_t> elements =
      elements_by_kind(model_cost({.name = "hrnet_w18c"}, 32));
  const int64_t maps[] = {18 * 64, 36 * 16, 72 * 4, 144};
  const int64_t modules[] = {1, 4, 3};
  int64_t sums = 0;
  for (int stage = 0; stage < 3; ++stage) {
    for (int to = 0; to < stage + 2; ++to) {
      int64_t sum = 4 * maps[to];
      for (int from = 0; from < stage + 2; ++from) {
        // Before it is upsampled a map has the channels of its target and its own pixels; its
        // gradient is written like that, too.
        sum += from > to ? 2 * (maps[to] >> (2 * (from - to))) : maps[to];
      }
      sums += modules[stage] * sum;
    }
  }
  int64_t widened = 0;  // 256, 512 and 1024 channels
  for (int i = 1; i < 4; ++i) widened += (int64_t{128} << i) * (64 >> (2 * i));
  EXPECT_EQ(elements.at(WorkKind::kOther), sums + widened + 2 * (2048 + 2048));
}

}  // namespace
}  // namespace train_backbone::models
