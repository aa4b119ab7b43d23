#include "train_backbone/optim/schedule.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/golden.h"
#include "train_backbone/core/errors.h"
#include "train_backbone/optim/options.h"

namespace train_backbone::optim {
namespace {

using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

TEST(Schedule, EqualsPythonTorchAtEveryStep) {
  for (const auto& wanted : test::read_golden("optim/schedules.json")) {
    const LearningRateSchedule schedule({.name = wanted["name"],
                                         .peak = wanted["peak"],
                                         .warmup_factor = wanted["warmup_factor"],
                                         .warmup_steps = wanted["warmup_steps"],
                                         .steps_per_epoch = wanted["steps_per_epoch"],
                                         .total_steps = wanted["total_steps"],
                                         .compat_aws = wanted["compat_aws"],
                                         .num_epochs = wanted["num_epochs"]});
    const std::vector<double> rates = wanted["rates"];
    for (size_t step = 0; step < rates.size(); ++step) {
      // torch multiplies rates up step by step, which loses a few digits.
      ASSERT_NEAR(schedule.at(static_cast<int64_t>(step)), rates[step], 1e-12)
          << wanted["name"] << " step " << step;
    }
  }
}

TEST(Schedule, CosineIsZeroAtTheEndAndNowhereBefore) {
  const LearningRateSchedule schedule({.warmup_steps = 10.5, .total_steps = 100});
  EXPECT_GT(schedule.at(99), 0);
  EXPECT_LT(schedule.at(99), 1e-4);
  EXPECT_EQ(schedule.at(100), 0);
}

TEST(Schedule, CompatCosineIsStillPositiveAtTheLastStep) {
  const LearningRateSchedule schedule({.peak = 1,
                                       .warmup_steps = 50,
                                       .steps_per_epoch = 10,
                                       .total_steps = 1200,
                                       .compat_aws = true,
                                       .num_epochs = 120});
  EXPECT_NEAR(schedule.at(1200), 0.0043, 1e-4);
}

TEST(Schedule, WarmupLongerThanTheRunNeverReachesThePeak) {
  const LearningRateSchedule schedule({.peak = 1, .warmup_steps = 50, .total_steps = 20});
  EXPECT_NEAR(schedule.at(19), 0.125 + 0.875 * 19 / 50, 1e-12);
}

TEST(Schedule, FractionalWarmupMeetsThePeakWithinOneStep) {
  const LearningRateSchedule schedule({.peak = 1, .warmup_steps = 2.5, .total_steps = 1000});
  EXPECT_LT(schedule.at(2), 1);
  EXPECT_NEAR(schedule.at(3), 1, 1e-5);
}

TEST(Schedule, NamesIgnoreCaseAndUnderscores) {
  const LearningRateSchedule schedule({.name = "Piecewise-Short", .peak = 1});
  EXPECT_EQ(schedule.at(24), 1);
  EXPECT_NEAR(schedule.at(25), 0.1, 1e-15);
}

TEST(Schedule, UnknownNameIsAnsweredWithTheNearest) {
  EXPECT_THAT(([] { LearningRateSchedule({.name = "cosin"}); }),
              ThrowsMessage<core::UsageError>(HasSubstr("'cosine'")));
}

TEST(OptimOptions, KerasDecayIsHalfOfTorchs) {
  OptimOptions options;
  EXPECT_DOUBLE_EQ(options.torch_weight_decay(), 2e-4);
  options.l2_weight_decay = 3e-4;
  EXPECT_DOUBLE_EQ(options.torch_weight_decay(), 6e-4);
  options.l2_weight_decay.reset();
  options.weight_decay = 5e-5;
  EXPECT_DOUBLE_EQ(options.torch_weight_decay(), 5e-5);
}

TEST(OptimOptions, BothDecaysAreAnError) {
  OptimOptions options;
  options.weight_decay = 0.0;
  options.l2_weight_decay = 0.0;
  EXPECT_THAT([&] { return options.torch_weight_decay(); },
              ThrowsMessage<core::UsageError>(HasSubstr("only one")));
}

}  // namespace
}  // namespace train_backbone::optim
