#include "commands/eta.h"

#include <gtest/gtest.h>

#include <cmath>

namespace train_backbone::commands {
namespace {

// 10 steps an epoch.
train::RunPlan plan(double epochs, std::optional<int64_t> max_steps = {}) {
  return {100, 10, epochs, max_steps};
}

TEST(Eta, IsUnknownBeforeTheFirstStep) {
  const train::RunPlan three = plan(3);
  EXPECT_TRUE(std::isnan(Eta(three, 0, 1).run_left()));
}

TEST(Eta, AfterATenthOfTheRunItIsRight) {
  const train::RunPlan run = plan(10);
  constexpr double kStep = 2;
  constexpr double kPause = 7;
  constexpr double kSlowFirst = 30;
  Eta eta(run, 0, 3.5);  // what a pause is
  double now = kSlowFirst;
  eta.on_step(1, now, kSlowFirst);
  for (int64_t step = 2; step <= 10; ++step) eta.on_step(step, now += kStep, kStep);
  EXPECT_DOUBLE_EQ(eta.run_left(), 90 * kStep + 9 * kPause);
  eta.on_epoch();
  eta.on_step(11, now += kStep + kPause, kStep);
  EXPECT_DOUBLE_EQ(eta.run_left(), 89 * kStep + 9 * kPause);
  EXPECT_DOUBLE_EQ(eta.epoch_left(), 9 * kStep + kPause);
}

TEST(Eta, MeasuredPausesReplaceTheGuess) {
  const train::RunPlan run = plan(2);
  Eta eta(run, 0, 1000);
  double now = 0;
  for (int64_t step = 1; step <= 10; ++step) eta.on_step(step, now += 1, 1);
  eta.on_epoch();
  eta.on_step(11, now += 1 + 5, 1);
  EXPECT_DOUBLE_EQ(eta.run_left(), 9 + 5);
}

TEST(Eta, SavingWithinAnEpochCountsAsTheStepsTime) {
  const train::RunPlan run = plan(1);
  Eta eta(run, 0, 0);
  eta.on_step(1, 1, 1);
  eta.on_step(2, 2 + 1, 1);  // a second of saving
  EXPECT_DOUBLE_EQ(eta.run_left(), 8 * 2);
}

TEST(Eta, RunsThatEndInsideAnEpochAndResumedOnesCountWhatIsLeft) {
  const train::RunPlan run = plan(5, 25);
  Eta eta(run, 18, 0);
  eta.on_step(19, 100, 1);
  EXPECT_DOUBLE_EQ(eta.epoch_left(), 1);
  EXPECT_DOUBLE_EQ(eta.run_left(), 6);
  eta.on_step(22, 101, 1);
  EXPECT_DOUBLE_EQ(eta.epoch_left(), 3);
}

}  // namespace
}  // namespace train_backbone::commands
