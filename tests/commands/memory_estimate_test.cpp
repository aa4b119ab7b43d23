#include "commands/memory_estimate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace train_backbone::commands {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

constexpr int64_t kGibi = int64_t{1} << 30;
// 13 GiB.
constexpr MemoryEstimate kEstimate{.state = kGibi,
                                   .activations = 8 * kGibi,
                                   .inputs = kGibi,
                                   .batches = 2 * kGibi,
                                   .program = kGibi};

TrainSettings settings_of(int64_t batch_size) {
  TrainSettings settings;
  settings.model.model = "resnet18v1_b";
  settings.model.num_classes = 10;
  settings.data.train_image_size = 32;
  settings.train.batch_size = batch_size;
  return settings;
}

TEST(MemoryWarning, WhatFitsIsNotWarnedOf) {
  EXPECT_EQ(memory_warning(kEstimate, settings_of(8), 1, 13 * kGibi), "");
  EXPECT_NE(memory_warning(kEstimate, settings_of(8), 1, 13 * kGibi - 1), "");
  EXPECT_EQ(memory_warning(kEstimate, settings_of(8), 2, 26 * kGibi), "");
  EXPECT_NE(memory_warning(kEstimate, settings_of(8), 3, 26 * kGibi), "");
}

TEST(MemoryWarning, NamesThePassesThatWouldFit) {
  TrainSettings settings = settings_of(12);
  const std::string text = memory_warning(kEstimate, settings, 1, 8 * kGibi);
  EXPECT_THAT(text, HasSubstr("needs about 13.0 GiB of memory, and 8.0 GiB are available"));
  // A third of the activations fits, and half does not.
  EXPECT_THAT(text, HasSubstr("; --batch_size 4 --accumulate_steps 3 computes"));
  settings.train.batch_size = 4;
  settings.train.accumulate_steps = 5;
  EXPECT_THAT(memory_warning(kEstimate, settings, 1, 9 * kGibi),
              HasSubstr("--batch_size 2 --accumulate_steps 10"));
  settings.train.global_batch_size = 20;
  EXPECT_THAT(memory_warning(kEstimate, settings, 1, 9 * kGibi),
              AllOf(HasSubstr("; --accumulate_steps 10"), Not(HasSubstr("--batch_size"))));
}

TEST(MemoryWarning, WhereNoPassFitsItSaysSo) {
  const std::string text = memory_warning(kEstimate, settings_of(8), 1, 5 * kGibi);
  EXPECT_THAT(text, AllOf(HasSubstr("smaller --model"), Not(HasSubstr("--accumulate_steps"))));
}

TEST(EstimateMemory, GrowsWithTheBatchAndShrinksWithThePrecision) {
  const MemoryEstimate small = estimate_memory(settings_of(8), ops::Precision::kFp32, 2);
  const MemoryEstimate large = estimate_memory(settings_of(16), ops::Precision::kFp32, 2);
  EXPECT_NEAR(static_cast<double>(large.activations), 2.0 * static_cast<double>(small.activations),
              2);
  EXPECT_EQ(large.inputs, 16 * 3 * 32 * 32 * 4);
  EXPECT_EQ(large.state, small.state);
  const MemoryEstimate halves = estimate_memory(settings_of(8), ops::Precision::kFp16, 2);
  EXPECT_LT(halves.activations, small.activations * 6 / 10);
  EXPECT_EQ(halves.state, small.state * 14 / 12);  // weight, gradient, momentum, and a copy
}

}  // namespace
}  // namespace train_backbone::commands
