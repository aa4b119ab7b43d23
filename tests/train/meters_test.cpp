#include "train_backbone/train/meters.h"

#include <gtest/gtest.h>

#include <cmath>

#include "train_backbone/train/normalisation.h"

namespace train_backbone::train {
namespace {

TEST(Meters, JoinedSetsWeighBySamples) {
  Meters meters{.loss_sum = 20, .top1 = 5, .top5 = 9, .count = 10};
  meters += {.loss_sum = 1, .top1 = 0, .top5 = 1, .count = 5};
  EXPECT_DOUBLE_EQ(meters.mean_loss(), 1.4);
  EXPECT_DOUBLE_EQ(meters.top1_percent(), 100.0 / 3);
  EXPECT_DOUBLE_EQ(meters.top5_percent(), 200.0 / 3);
}

TEST(Meters, AreNothingWithoutSamples) {
  EXPECT_TRUE(std::isnan(Meters{}.mean_loss()));
  EXPECT_TRUE(std::isnan(Meters{}.top1_percent()));
}

TEST(Meters, ComeBackFromACheckpointExactly) {
  const Meters meters{
      .loss_sum = 0.1 + 0.2, .top1 = 123456789, .top5 = 1, .count = (int64_t{1} << 52) + 1};
  std::map<std::string, double> values;
  put_meters(meters, "epoch", values);
  put_meters({.loss_sum = 7, .top1 = 7, .top5 = 7, .count = 7}, "interval", values);
  EXPECT_EQ(get_meters(values, "epoch"), meters);
  EXPECT_EQ(get_meters(values, "validation"), Meters{});
}

TEST(Normalisation, CompatHasTheOriginalsValues) {
  EXPECT_EQ(imagenet_normalisation().mean[1], 116.28F);
  EXPECT_EQ(original_normalisation("resnet50v1_b").mean[1], 116.78F);
  EXPECT_EQ(original_normalisation("resnet50v1_b").deviation[0], 58.393F);
  EXPECT_EQ(original_normalisation("HRNet_w32c").deviation[0], 1.0F);
}

}  // namespace
}  // namespace train_backbone::train
