#include "train_backbone/train/mixup.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "train_backbone/core/rng.h"

namespace train_backbone::train {
namespace {

constexpr MixupSettings kMixup{.alpha = 0.2, .seed = 3, .reversed_partners = false};

std::vector<uint64_t> numbers(size_t count) {
  std::vector<uint64_t> result(count);
  std::iota(result.begin(), result.end(), uint64_t{0});
  return result;
}

TEST(Mixup, AlphaZeroIsReallyOff) {
  EXPECT_TRUE(plan_mixup({.alpha = 0, .seed = 3}, numbers(8), numbers(8)).empty());
}

TEST(Mixup, PairsNeighboursAndLeavesALoneLastSampleAlone) {
  const std::vector<uint64_t> epochs(7, 0);
  const auto plan = plan_mixup(kMixup, epochs, numbers(7));
  ASSERT_EQ(plan.size(), 7U);
  for (int64_t i = 0; i < 6; ++i) EXPECT_EQ(plan[static_cast<size_t>(i)].partner, i ^ 1);
  EXPECT_EQ(plan[6].partner, 6);
  EXPECT_EQ(plan[6].weight, 1);
}

TEST(Mixup, CompatPairsWithTheReversedBatch) {
  const std::vector<uint64_t> epochs(5, 0);
  const auto plan =
      plan_mixup({.alpha = 0.2, .seed = 3, .reversed_partners = true}, epochs, numbers(5));
  for (int64_t i = 0; i < 5; ++i) EXPECT_EQ(plan[static_cast<size_t>(i)].partner, 4 - i);
  EXPECT_EQ(plan[2].weight, 1);
}

TEST(Mixup, SharesAreThoseOfBetaFoldedToTheLargerHalf) {
  constexpr size_t kCount = 20000;
  const std::vector<uint64_t> epochs(kCount, 4);
  double sum = 0;
  size_t nearly_unmixed = 0;
  for (const ops::MixPartner& own : plan_mixup(kMixup, epochs, numbers(kCount))) {
    ASSERT_GE(own.weight, 0.5F);
    ASSERT_LE(own.weight, 1.0F);
    sum += own.weight;
    nearly_unmixed += own.weight > 0.99F ? 1 : 0;
  }
  // E max(b, 1 - b) and P(max(b, 1 - b) > 0.99) of Beta(0.2, 0.2), by numerical integration;
  // five standard errors.
  EXPECT_NEAR(sum / kCount, 0.898810, 0.0050);
  EXPECT_NEAR(static_cast<double>(nearly_unmixed) / kCount, 0.419556, 0.0175);
}

TEST(Mixup, TheDrawBelongsToTheSampleNotToItsPlace) {
  const std::vector<uint64_t> epochs{1, 1, 2, 2};
  const std::vector<uint64_t> records{10, 11, 12, 13};
  const auto plan = plan_mixup(kMixup, epochs, records);
  const std::vector<uint64_t> other_epochs{2, 1};
  const std::vector<uint64_t> other_records{12, 10};
  const auto other = plan_mixup(kMixup, other_epochs, other_records);
  EXPECT_EQ(other[0].weight, plan[2].weight);
  EXPECT_EQ(other[1].weight, plan[0].weight);
  core::SampleRng rng(3, core::RngStream::kMixup, 1, 10);
  const double drawn = rng.beta(0.2, 0.2);
  EXPECT_EQ(plan[0].weight, static_cast<float>(std::max(drawn, 1 - drawn)));
}

}  // namespace
}  // namespace train_backbone::train
