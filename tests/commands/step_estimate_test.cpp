#include "commands/step_estimate.h"

#include <gtest/gtest.h>

namespace train_backbone::commands {
namespace {

TEST(AffordableBatch, IsAsLargeAsTheTimeAllows) {
  // A tenth of a second per picture.
  EXPECT_EQ(affordable_batch(0.1, 5, 10, 4, 16), 16);
  EXPECT_EQ(affordable_batch(0.1, 5, 10, 4, 20), 20);
  EXPECT_EQ(affordable_batch(0.1, 5, 10, 4, 21), 20);
  EXPECT_EQ(affordable_batch(0.1, 5, 5.9, 4, 128), 10);  // of 11.8: pairs
  EXPECT_EQ(affordable_batch(0.1, 5, 1, 4, 128), 4);
  EXPECT_EQ(affordable_batch(0.1, 5, -1, 4, 128), 4);
}

TrainSettings settings_of(int64_t batch_size, int64_t passes) {
  TrainSettings settings;
  settings.model.model = "resnet18v1_b";
  settings.model.num_classes = 10;
  settings.data.train_image_size = 16;
  settings.train.batch_size = batch_size;
  settings.train.accumulate_steps = passes;
  return settings;
}

// However busy the machine is.
constexpr double kEnough = 600;  // seconds

TEST(StepEstimate, MeasuresWholeBatchesOfQuickSteps) {
  const StepEstimate estimate = estimate_step(settings_of(8, 1), {}, kEnough);
  EXPECT_EQ(estimate.batch_size, 8);
  EXPECT_EQ(estimate.steps, 5);
  EXPECT_GT(estimate.seconds, 0);
  // The measured steps, some longer than the median, and those that are not counted.
  EXPECT_LT(estimate.seconds * 3, estimate.seconds_measured);
}

TEST(StepEstimate, CountsThePassesOfAStep) {
  const double one = estimate_step(settings_of(16, 1), {}, kEnough).seconds;
  const StepEstimate many = estimate_step(settings_of(16, 32), {}, kEnough);
  EXPECT_EQ(many.batch_size, 16);
  EXPECT_GT(many.seconds, 2 * one);  // 32 times where nothing else runs
}

TEST(StepEstimate, OnePictureIsMeasuredAsAPair) {
  EXPECT_EQ(estimate_step(settings_of(1, 1), {}, kEnough).batch_size, 2);
}

}  // namespace
}  // namespace train_backbone::commands
