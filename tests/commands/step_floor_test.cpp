#include "commands/step_floor.h"

#include <gtest/gtest.h>

namespace train_backbone::commands {
namespace {

using ops::Precision;

models::ModelCost cost_of(const char* model, int64_t image_size = 224) {
  return models::model_cost({.name = model}, image_size);
}

TEST(StepFloor, SumsTheLongerTimeOfEachLayer) {
  const models::ModelCost cost{
      .parameters = 5,
      .multiply_adds = 0,
      .layers = {{.elements = 100, .multiply_adds = 10}, {.elements = 10, .multiply_adds = 1000}}};
  // 16 bits, two pictures: 400 bytes against 40 operations, 40 bytes against 4000.
  const DevicePeak peak{.flops = 100, .bandwidth = 10};
  EXPECT_DOUBLE_EQ(step_floor(cost, 2, Precision::kFp16, peak), 40 + 40 + 5 * 20 / 10.0);
  // In fp32 each moves twice as much.
  EXPECT_DOUBLE_EQ(step_floor(cost, 2, Precision::kFp32, peak), 80 + 40 + 5 * 20 / 10.0);
  EXPECT_EQ(step_bytes_per_image(cost, Precision::kBf16), 220);
  EXPECT_EQ(step_bytes_per_image(cost, Precision::kTf32), 440);
}

// Pictures per second of the roofline that a plan of the step on an H200 was made by: 10,790 with
// 348 MB, 8 MB of them for what is no convolution or normalisation (here 4.4 MB).
TEST(StepFloor, OfResNet50OnAnH200IsThatOfThePlan) {
  const models::ModelCost cost = cost_of("resnet50v1_b");
  const double seconds =
      step_floor(cost, 256, Precision::kBf16, {.flops = 790e12, .bandwidth = 4.3e12});
  EXPECT_NEAR(256 / seconds, 10'790, 0.01 * 10'790);
  EXPECT_NEAR(static_cast<double>(step_bytes_per_image(cost, Precision::kBf16)), 348e6, 5e6);
}

TEST(StepFloor, IsOfTheGpusThatAreKnown) {
  const auto peak = device_peak("NVIDIA H200", Precision::kBf16);
  ASSERT_TRUE(peak);
  EXPECT_EQ(peak->flops, 989e12);
  EXPECT_EQ(peak->bandwidth, 4.8e12);
  EXPECT_FALSE(device_peak("", Precision::kFp32));
  EXPECT_FALSE(device_peak("NVIDIA GeForce RTX 4090", Precision::kBf16));
  EXPECT_FALSE(device_peak("Tesla V100-SXM2-16GB", Precision::kTf32));
}

TEST(StepFloor, IsToldBesideTheStep) {
  EXPECT_EQ(floor_line(21.34, 33.9, {.flops = 989e12, .bandwidth = 4.8e12}),
            "floor         21.3 ms (4.80 TB/s, 989 TFLOP/s): the step reaches 63 % of it");
}

}  // namespace
}  // namespace train_backbone::commands
