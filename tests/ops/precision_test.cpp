#include "train_backbone/ops/precision.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "train_backbone/core/errors.h"

namespace train_backbone::ops {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

constexpr int kVolta = 70;
constexpr int kTuring = 75;
constexpr int kAmpere = 80;
constexpr int kHopper = 90;

Precision choose(const std::string& precision, std::optional<int> gpu, bool fp32 = false) {
  DeviceOptions options;
  options.precision = precision;
  options.fp32 = fp32;
  return choose_precision(options, gpu);
}

TEST(Precision, AutoIsWhatTheDeviceIsBestAt) {
  EXPECT_EQ(choose("auto", std::nullopt), Precision::kFp32);
  EXPECT_EQ(choose("auto", kVolta), Precision::kFp16);
  EXPECT_EQ(choose("Auto", kTuring), Precision::kFp16);
  EXPECT_EQ(choose("auto", kAmpere), Precision::kBf16);
  EXPECT_EQ(choose("auto", kHopper), Precision::kBf16);
  for (const auto& gpu : {std::optional<int>(), std::optional<int>(kHopper)}) {
    EXPECT_EQ(choose("auto", gpu, true), Precision::kFp32);  // -fp32
    EXPECT_EQ(choose("bf16", gpu), Precision::kBf16);
    EXPECT_EQ(choose("fp32", gpu), Precision::kFp32);
  }
  EXPECT_EQ(choose("tf32", kAmpere), Precision::kTf32);
  EXPECT_EQ(choose("FP16", kVolta), Precision::kFp16);
}

TEST(Precision, WhatTheDeviceLacksIsRefused) {
  for (const char* name : {"fp16", "tf32"}) {
    EXPECT_THAT([&] { choose(name, std::nullopt); },
                ThrowsMessage<core::DeviceError>(HasSubstr("needs a GPU; the CPU has")));
  }
  for (const char* name : {"bf16", "tf32"}) {
    EXPECT_THAT([&] { choose(name, kVolta); },
                ThrowsMessage<core::DeviceError>(HasSubstr("this one has 7.0; take fp16")));
  }
  EXPECT_THAT([&] { choose("bf16", kHopper, true); },
              ThrowsMessage<core::UsageError>(HasSubstr("--fp32 and --precision bf16")));
  EXPECT_THAT([&] { choose("int8", kHopper); },
              ThrowsMessage<core::UsageError>(HasSubstr("known are auto, fp32")));
}

TEST(Precision, ActivationsHaveItsType) {
  EXPECT_EQ(compute_type(Precision::kFp32), c10::kFloat);
  EXPECT_EQ(compute_type(Precision::kTf32), c10::kFloat);
  EXPECT_EQ(compute_type(Precision::kFp16), c10::kHalf);
  EXPECT_EQ(compute_type(Precision::kBf16), c10::kBFloat16);
  EXPECT_EQ(precision_name(Precision::kTf32), "tf32");
}

}  // namespace
}  // namespace train_backbone::ops
