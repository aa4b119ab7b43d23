#include "commands/step_graph.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "train_backbone/core/errors.h"

namespace train_backbone::commands {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

constexpr StepGraphCase kOneGpu{.on_gpu = true};

constexpr StepGraphCase kRanks{.on_gpu = true, .ranks = 2};

TEST(StepGraph, IsMadeOnOneGpu) {
  for (const char* option : {"auto", "AUTO", "on"}) {
    EXPECT_EQ(why_no_step_graph(option, kOneGpu), "");
    EXPECT_EQ(step_graph_text(option, kOneGpu), "one graph per step");
  }
  EXPECT_EQ(why_no_step_graph("off", kOneGpu), "--cuda_graph off");
  EXPECT_EQ(step_graph_text("off", kOneGpu), "no graph: --cuda_graph off");
}

TEST(StepGraph, IsMadeForRanksWhereItIsAskedFor) {
  EXPECT_THAT(why_no_step_graph("auto", kRanks), HasSubstr("several ranks"));
  EXPECT_THAT(step_graph_text("auto", kRanks), HasSubstr("no graph: several ranks"));
  EXPECT_EQ(why_no_step_graph("on", kRanks), "");
  EXPECT_EQ(step_graph_text("On", kRanks), "two graphs per step");
}

TEST(StepGraph, WhatHindersItIsSaidAndOnInsists) {
  StepGraphCase joint = kRanks;
  joint.sync_bn = true;
  const std::vector<std::pair<StepGraphCase, const char*>> cases{{StepGraphCase{}, "only a GPU"},
                                                                 {joint, "--sync_bn"}};
  for (const auto& [own, reason] : cases) {
    EXPECT_THAT(why_no_step_graph("auto", own), HasSubstr(reason));
    EXPECT_THAT([&] { why_no_step_graph("on", own); },
                ThrowsMessage<core::UsageError>(HasSubstr(reason)));
    EXPECT_EQ(why_no_step_graph("off", own), "--cuda_graph off");
  }
  StepGraphCase alone = kOneGpu;
  alone.sync_bn = true;  // of one rank, whose statistics they are anyway
  EXPECT_EQ(why_no_step_graph("on", alone), "");
}

TEST(StepGraph, TheCpuHasNone) {
  EXPECT_FALSE(make_step_graph("auto", {}, {}).make);
  EXPECT_FALSE(make_step_graph("off", {}, {}).make);
  EXPECT_THROW(make_step_graph("on", {}, {}), core::UsageError);
}

}  // namespace
}  // namespace train_backbone::commands
