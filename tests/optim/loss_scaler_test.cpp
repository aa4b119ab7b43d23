#include "train_backbone/optim/loss_scaler.h"

#include <ATen/ops/full.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "tests/support/golden.h"
#include "train_backbone/core/errors.h"

namespace train_backbone::optim {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

constexpr float kGradient = 0.375F;
constexpr float kRate = 0.5F;

LossScaling settings_of(const nlohmann::json& test_case) {
  return {.dynamic = true,
          .start = test_case["start"],
          .growth = test_case["growth"],
          .backoff = test_case["backoff"],
          .growth_interval = test_case["growth_interval"]};
}

// The gradient as the backward pass of the scaled loss would leave it.
at::Tensor scaled_gradient(char kind, const LossScaler& scaler) {
  if (kind == 'i') return at::full({3}, std::numeric_limits<float>::infinity());
  if (kind == 'n') return at::full({3}, std::numeric_limits<float>::quiet_NaN());
  return scaler.scaled(at::full({3}, kGradient));
}

// Every number of every step, with a save and a load on the way.
TEST(LossScaler, DoesWhatTorchsGradScalerDoes) {
  for (const nlohmann::json& test_case : test::read_golden("optim/loss_scaler.json")) {
    LossScaler scaler(settings_of(test_case), at::kCPU);
    const std::string script = test_case["script"];
    float weight = 8;
    for (size_t step = 0; step < script.size(); ++step) {
      if (step == script.size() / 2) {
        const LossScale saved = scaler.state();
        scaler = LossScaler(settings_of(test_case), at::kCPU);
        scaler.go_on_from(saved);
      }
      at::Tensor gradient = scaled_gradient(script[step], scaler);
      scaler.check(gradient);
      if (scaler.found_infinity().item<float>() == 0) {
        weight -= kRate * (gradient * scaler.inverse_scale())[0].item<float>();
      }
      scaler.update();
      const nlohmann::json& wanted = test_case["steps"][step];
      const std::string where = script + " step " + std::to_string(step);
      ASSERT_EQ(scaler.state().scale, wanted["scale"].get<double>()) << where;
      ASSERT_EQ(scaler.state().good_steps, wanted["good_steps"].get<int64_t>()) << where;
      ASSERT_EQ(weight, wanted["weight"].get<float>()) << where;
    }
  }
}

TEST(LossScaler, AStaticScaleStays) {
  LossScaler scaler({.dynamic = false, .start = 128}, at::kCPU);
  at::Tensor gradient = at::full({2}, std::numeric_limits<float>::infinity());
  scaler.check(gradient);
  EXPECT_EQ(scaler.found_infinity().item<float>(), 1);
  scaler.update();
  EXPECT_EQ(scaler.most_skipped(), 1);
  scaler.go_on_from({.scale = 4, .good_steps = 7});  // of a run with a dynamic one
  EXPECT_EQ(scaler.state().scale, 128);
  gradient = scaler.scaled(at::full({2}, kGradient));
  EXPECT_EQ(gradient[1].item<float>(), 128 * kGradient);
  scaler.check(gradient);
  EXPECT_EQ(scaler.found_infinity().item<float>(), 0);
  EXPECT_EQ((gradient * scaler.inverse_scale())[1].item<float>(), kGradient);
  scaler.update();
  EXPECT_EQ(scaler.most_skipped(), 1);
  for (const bool good : {false, false, true}) {
    gradient = at::full({2}, good ? kGradient : std::numeric_limits<float>::infinity());
    scaler.check(gradient);
    scaler.update();
  }
  EXPECT_EQ(scaler.most_skipped(), 2);
}

// A recorded step reads and writes the same memory for ever.
TEST(LossScaler, StaysInItsMemory) {
  LossScaler scaler({.start = 128, .growth_interval = 1}, at::kCPU);
  const void* const inverse = scaler.inverse_scale().data_ptr();
  const void* const found = scaler.found_infinity().data_ptr();
  const void* const longest = scaler.longest_skip().data_ptr();
  for (const float value : {kGradient, std::numeric_limits<float>::infinity()}) {
    scaler.check(at::full({2}, value));
    scaler.update();
    scaler.go_on_from({.scale = 64, .good_steps = 0});
  }
  EXPECT_EQ(scaler.inverse_scale().data_ptr(), inverse);
  EXPECT_EQ(scaler.found_infinity().data_ptr(), found);
  EXPECT_EQ(scaler.longest_skip().data_ptr(), longest);
  EXPECT_EQ(scaler.longest_skip().item<int32_t>(), 1);
}

TEST(LossScaler, ReadsTheOption) {
  EXPECT_FALSE(parse_loss_scaling("none", true));
  EXPECT_FALSE(parse_loss_scaling("auto", false));
  EXPECT_TRUE(parse_loss_scaling("auto", true)->dynamic);
  EXPECT_TRUE(parse_loss_scaling("Dynamic", false)->dynamic);
  const auto fixed = parse_loss_scaling("128", true);
  EXPECT_FALSE(fixed->dynamic);
  EXPECT_EQ(fixed->start, 128);
  for (const char* text : {"0", "-1", "inf", "nan", "128x", "", "1e300"}) {
    EXPECT_THAT([&] { parse_loss_scaling(text, true); },
                ThrowsMessage<core::UsageError>(HasSubstr("--loss_scale")))
        << text;
  }
}

}  // namespace
}  // namespace train_backbone::optim
