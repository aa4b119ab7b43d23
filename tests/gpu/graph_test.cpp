// Training steps that are recorded once and replayed against steps that are handed out anew.
#include <ATen/ATen.h>
#include <c10/cuda/CUDACachingAllocator.h>
#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "tests/gpu/counted_graph.h"
#include "tests/gpu/gpu.h"
#include "tests/gpu/network.h"
#include "tests/gpu/same_bits.h"
#include "train_backbone/core/errors.h"
#include "train_backbone/ops/graph.h"
#include "train_backbone/ops/input_stage.h"

namespace train_backbone::train {
namespace {

using test::gpu;
using test::GraphCount;
using test::Network;
using test::noise_batch;

constexpr int64_t kSteps = 20;
constexpr int64_t kOddStep = 9;
constexpr int64_t kOddBatch = 10;

struct Outcome {
  std::vector<Meters> meters;
  at::Tensor state;
  std::optional<optim::LossScale> scale;
};

// Of a scale that is too large at first and grows again after a few steps.
TrainStepSettings settings_for(at::ScalarType type, int64_t passes) {
  TrainStepSettings settings = test::step_settings(type);  // with mixup
  settings.accumulate_steps = passes;
  if (settings.loss_scaling) {
    settings.loss_scaling->start = 0x1p32;
    settings.loss_scaling->growth_interval = 4;
  }
  return settings;
}

Outcome train_in(at::ScalarType type, int64_t passes, TrainStepGraph graph = {}) {
  Network network(gpu(), type);
  TrainStep step(*network.model, network.arena, network.optimizer, settings_for(type, passes),
                 nullptr, std::move(graph));
  std::vector<PendingMeters> pending;
  for (int64_t i = 0; i < kSteps; ++i) {
    const int64_t size = i == kOddStep ? kOddBatch : 16;
    pending.push_back(step.start(noise_batch(size, i), 0.002 * static_cast<double>(i + 1)));
  }
  Outcome outcome;
  // Only now: the results of earlier steps outlast later ones.
  for (const PendingMeters& meters : pending) outcome.meters.push_back(meters.get());
  outcome.state = network.state();
  outcome.scale = step.loss_scale();
  return outcome;
}

void expect_same_bits(const Outcome& got, const Outcome& wanted) {
  EXPECT_EQ(got.meters, wanted.meters);
  EXPECT_TRUE(at::equal(got.state, wanted.state));
  ASSERT_EQ(got.scale.has_value(), wanted.scale.has_value());
  if (!got.scale) return;
  EXPECT_EQ(got.scale->scale, wanted.scale->scale);
  EXPECT_EQ(got.scale->good_steps, wanted.scale->good_steps);
}

void expect_replays_like_eager(at::ScalarType type, int64_t passes) {
  const Outcome eager = train_in(type, passes);
  {
    SCOPED_TRACE("two runs without a graph");
    expect_same_bits(train_in(type, passes), eager);
  }
  GraphCount count;
  const Outcome replayed = train_in(type, passes, test::counted_graphs(count));
  expect_same_bits(replayed, eager);
  EXPECT_EQ(count.records, 1);
  EXPECT_EQ(count.replays, kSteps - 3 - 1);  // but for the first three and the odd one
  // What is compared has moved.
  EXPECT_NE(eager.meters[18], eager.meters[19]);
  EXPECT_EQ(eager.meters[kOddStep].count, kOddBatch);
  EXPECT_FALSE(at::equal(eager.state, Network(gpu(), type).state()));
  EXPECT_TRUE(eager.state.isfinite().all().item<bool>());
  if (eager.scale) {
    EXPECT_LT(eager.scale->scale, 0x1p32);
  }
}

// From pixels to the update, mixup included.
TEST(GpuGraph, AReplayedStepIsBitwiseTheSame) {
  const test::SameBits same_bits;
  for (const at::ScalarType type : test::step_types()) {
    for (const int64_t passes : {1, 2}) {
      SCOPED_TRACE(testing::Message() << type << ", passes " << passes);
      expect_replays_like_eager(type, passes);
    }
  }
}

int64_t reserved_bytes() {
  const auto all = static_cast<size_t>(0);  // large and small blocks together
  return c10::cuda::CUDACachingAllocator::getDeviceStats(gpu().index()).reserved_bytes[all].current;
}

// Work that waits for the GPU. What a run does then goes on as if nobody had tried.
TEST(GpuGraph, WhatCannotBeRecordedLeavesNothingBehind) {
  const at::Tensor one = at::ones({1}, at::device(gpu()));
  EXPECT_THROW(ops::make_graph(gpu())->record([&] { return one * one.item<float>(); }),
               core::DeviceError);
  EXPECT_EQ((one + one).item<float>(), 2);

  // Memory that two streams have used comes back, as it does not during a recording.
  ops::InputStage stage(gpu());
  const std::vector<uint8_t> pixels(size_t{16} * 256 * 256 * 3);  // 3 MB
  const auto pass = [&] {
    const at::Tensor images =
        stage.images(pixels, {.count = 16, .height = 256, .width = 256}, {}, {});
    EXPECT_EQ(images.sum().item<float>(), 0);
  };
  for (int i = 0; i < 3; ++i) pass();
  const int64_t before = reserved_bytes();
  for (int i = 0; i < 100; ++i) pass();
  EXPECT_LE(reserved_bytes(), before + (64 << 20));

  const auto graph = ops::make_graph(gpu());
  graph->record([&] { return one * 3; });
  one.fill_(5);
  EXPECT_EQ(graph->replay().item<float>(), 15);
}

}  // namespace
}  // namespace train_backbone::train
