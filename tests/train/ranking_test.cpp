#include "train_backbone/train/ranking.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace train_backbone::train {
namespace {

constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();

TEST(RankOf, CountsTheClassesThatArePreferred) {
  const std::vector<float> logits{0.5F, 2, -1, 1};
  EXPECT_EQ(rank_of(logits, 1), 0);
  EXPECT_EQ(rank_of(logits, 3), 1);
  EXPECT_EQ(rank_of(logits, 0), 2);
  EXPECT_EQ(rank_of(logits, 2), 3);
}

TEST(RankOf, ConstantOutputsAreRightForOneClassOnly) {
  const std::vector<float> logits(10, 0.25F);
  for (int64_t label = 0; label < 10; ++label) EXPECT_EQ(rank_of(logits, label), label);
}

TEST(RankOf, ANaNIsNeverRight) {
  const std::vector<float> logits(10, kNaN);
  EXPECT_EQ(rank_of(logits, 0), 10);
}

TEST(BestClasses, AreOrderedWithProbabilitiesOfTheWholeRow) {
  const std::vector<float> logits{0, std::log(3.0F), std::log(2.0F), 0, 0};
  const auto best = best_classes(logits, 3);
  ASSERT_EQ(best.size(), 3U);
  EXPECT_EQ(best[0].label, 1);
  EXPECT_NEAR(best[0].probability, 3.0 / 8, 1e-6);
  EXPECT_EQ(best[1].label, 2);
  EXPECT_EQ(best[2].label, 0);  // of three that tie the first
  EXPECT_NEAR(best[2].probability, 1.0 / 8, 1e-6);
}

TEST(BestClasses, AreAsManyAsThereAreClasses) {
  EXPECT_EQ(best_classes(std::vector<float>{1, 2}, 5).size(), 2U);
}

TEST(BestClasses, SurviveNaNAndLargeLogits) {
  const auto best = best_classes(std::vector<float>{kNaN, 900, 899}, 2);
  EXPECT_EQ(best[0].label, 1);
  EXPECT_EQ(best[1].label, 2);
  EXPECT_NEAR(best_classes(std::vector<float>{900, 0}, 1)[0].probability, 1, 1e-9);
}

}  // namespace
}  // namespace train_backbone::train
