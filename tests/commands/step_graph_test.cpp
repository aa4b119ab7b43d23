#include "commands/step_graph.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "train_backbone/core/errors.h"

namespace train_backbone::commands {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

constexpr StepGraphCase kOneGpu{.on_gpu = true};

TEST(StepGraph, IsMadeOnOneGpu) {
  for (const char* option : {"auto", "AUTO", "on"})
    EXPECT_EQ(why_no_step_graph(option, kOneGpu), "");
  EXPECT_EQ(why_no_step_graph("off", kOneGpu), "--cuda_graph off");
}

TEST(StepGraph, WhatHindersItIsSaidAndOnInsists) {
  StepGraphCase ranks = kOneGpu;
  ranks.ranks = 2;
  const std::vector<std::pair<StepGraphCase, const char*>> cases{{StepGraphCase{}, "only a GPU"},
                                                                 {ranks, "several ranks"}};
  for (const auto& [own, reason] : cases) {
    EXPECT_THAT(why_no_step_graph("auto", own), HasSubstr(reason));
    EXPECT_THAT([&] { why_no_step_graph("on", own); },
                ThrowsMessage<core::UsageError>(HasSubstr(reason)));
    EXPECT_EQ(why_no_step_graph("off", own), "--cuda_graph off");
  }
}

TEST(StepGraph, TheCpuHasNone) {
  EXPECT_EQ(make_step_graph("auto", {}, {}).graph, nullptr);
  EXPECT_EQ(make_step_graph("off", {}, {}).graph, nullptr);
  EXPECT_THROW(make_step_graph("on", {}, {}), core::UsageError);
}

}  // namespace
}  // namespace train_backbone::commands
