#include "commands/step_report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace train_backbone::commands {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

StepBenchmarkSettings settings_on(const std::string& gpu_name, ops::Precision precision) {
  StepBenchmarkSettings settings{.model = "resnet50v1_b", .batch_size = 256, .device = {}};
  settings.device.gpu_name = gpu_name;
  settings.device.precision = precision;
  return settings;
}

StepBenchmark steps_of(double seconds) {
  return {.has_graph = false,
          .steps = {seconds, seconds, seconds},
          .peak_memory = 1 << 20,
          .input = 0.001,
          .forward = 0.01,
          .backward = 0.02,
          .update = 0.001};
}

TEST(StepReport, TellsTheFloorOfAKnownGpu) {
  const StepBenchmarkSettings settings = settings_on("NVIDIA H200", ops::Precision::kBf16);
  const nlohmann::ordered_json report = step_report(settings, steps_of(0.032));
  EXPECT_EQ(report.at("images_per_second"), 8000);
  const double floor = report.at("floor_milliseconds");
  EXPECT_NEAR(floor, 20.6, 0.3);  // 4.8 TB/s and 989 TFLOP/s
  EXPECT_NEAR(report.at("floor_share").get<double>(), floor / 32, 1e-4);
  EXPECT_NEAR(report.at("bytes_per_image").get<double>(), 344e6, 1e6);
  EXPECT_NEAR(report.at("utilisation").get<double>(), 8000 * 24.53e9 / 989e12, 1e-3);
  EXPECT_THAT(step_table(settings, report),
              HasSubstr("(4.80 TB/s, 989 TFLOP/s): the step reaches "));
}

TEST(StepReport, HasNoFloorWhereThePeaksAreUnknown) {
  const StepBenchmarkSettings settings = settings_on("", ops::Precision::kFp32);
  const nlohmann::ordered_json report = step_report(settings, steps_of(10));
  EXPECT_TRUE(report.at("floor_milliseconds").is_null());
  EXPECT_TRUE(report.at("floor_share").is_null());
  EXPECT_TRUE(report.at("utilisation").is_null());
  EXPECT_NEAR(report.at("bytes_per_image").get<double>(), 688e6, 2e6);  // of four bytes each
  const std::string table = step_table(settings, report);
  EXPECT_THAT(table, HasSubstr("step       10000.0 ms (10000.0 to 10000.0), 25.6 img/s"));
  EXPECT_THAT(table, Not(HasSubstr("floor")));
  EXPECT_THAT(table, Not(HasSubstr("of peak")));
}

}  // namespace
}  // namespace train_backbone::commands
