#include "train_backbone/train/run_plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <tuple>
#include <vector>

#include "train_backbone/core/errors.h"

namespace train_backbone::train {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

std::vector<int64_t> epoch_ends(const RunPlan& plan) {
  std::vector<int64_t> ends;
  for (int64_t step = 1; step <= plan.total_steps(); ++step) {
    if (plan.ends_epoch(step)) ends.push_back(step);
  }
  return ends;
}

class Primes : public ::testing::TestWithParam<std::tuple<int64_t, int64_t, int64_t>> {};

TEST_P(Primes, EveryEpochEndsWhereItsLastSampleIsUsed) {
  const auto [records, batch, epochs] = GetParam();
  const RunPlan plan(records, batch, static_cast<double>(epochs));
  EXPECT_EQ(plan.total_steps(), epochs * records / batch);
  EXPECT_EQ(plan.total_steps() * batch + plan.dropped_samples(), epochs * records);
  EXPECT_LT(plan.dropped_samples(), batch);
  std::vector<int64_t> wanted;
  for (int64_t epoch = 0; epoch < epochs; ++epoch) {
    const int64_t end = ((epoch + 1) * records + batch - 1) / batch;
    wanted.push_back(std::min(end, plan.total_steps()));
  }
  // Where the last two coincide they are one report.
  wanted.erase(std::unique(wanted.begin(), wanted.end()), wanted.end());
  EXPECT_EQ(epoch_ends(plan), wanted);
  EXPECT_EQ(plan.completed_epochs(plan.total_steps()), epochs);
}

INSTANTIATE_TEST_SUITE_P(RunPlan, Primes,
                         ::testing::Values(std::tuple{23, 5, 3}, std::tuple{101, 7, 5},
                                           std::tuple{97, 97, 4}, std::tuple{60013, 61, 11},
                                           std::tuple{11, 10, 2}, std::tuple{7, 1, 3}));

TEST(RunPlan, MaxStepsMovesTheEndAndNothingElse) {
  const RunPlan plan(1000, 10, 3, 120);
  EXPECT_EQ(plan.end_step(), 120);
  EXPECT_EQ(plan.total_steps(), 300);
  EXPECT_EQ(plan.completed_epochs(120), 1);
  EXPECT_FALSE(plan.ends_epoch(120));
  EXPECT_EQ(RunPlan(1000, 10, 3, 1000).end_step(), 300);
}

TEST(RunPlan, FractionsOfEpochsAreNotShortOfAStepByRounding) {
  EXPECT_EQ(RunPlan(100, 1, 0.29).total_steps(), 29);
  EXPECT_EQ(RunPlan(60000, 60, 0.7).total_steps(), 700);
  const RunPlan plan(100, 10, 2.5);
  EXPECT_EQ(plan.epochs(), 3);
  EXPECT_THAT(epoch_ends(plan), ElementsAre(10, 20, 25));
}

TEST(RunPlan, EpochsAtTheEndAreWhatWasAskedFor) {
  const RunPlan plan(23, 5, 3);
  EXPECT_EQ(plan.epochs_at(13), 3);
  EXPECT_NEAR(plan.epochs_at(5), 25.0 / 23, 1e-12);
}

TEST(RunPlan, RefusesWhatHasNoStep) {
  EXPECT_THAT([] { RunPlan(100, 128, 1); },
              ThrowsMessage<core::UsageError>(AllOf(HasSubstr("a step of 128 samples"),
                                                    HasSubstr("set of 100 training records"))));
  EXPECT_THAT([] { RunPlan(100, 64, 0.5); },
              ThrowsMessage<core::UsageError>(HasSubstr("less than one step")));
  EXPECT_THAT([] { RunPlan(100, 64, 1e300); },
              ThrowsMessage<core::UsageError>(HasSubstr("beyond counting")));
}

}  // namespace
}  // namespace train_backbone::train
