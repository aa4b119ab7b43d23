// A training step that is replayed against one that runs anew, to the bit.
#include <ATen/ops/cat.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/full.h>
#include <c10/core/DefaultDtype.h>
#include <gtest/gtest.h>

#include <stdexcept>

#include "tests/support/fake_graph.h"
#include "tests/train/fake_batches.h"
#include "tests/train/tiny_model.h"
#include "train_backbone/train/train_step.h"

namespace train_backbone::train {
namespace {

using test::FakeGraph;
using test::GraphCount;
using test::UnableGraph;

std::unique_ptr<ops::Graph> make_unable() { return std::make_unique<UnableGraph>(); }

constexpr int kSteps = 20;
constexpr int kOddStep = 9;

struct Outcome {
  std::vector<Meters> meters;
  at::Tensor weights;
};

TrainStepSettings blind_settings(int64_t passes) {
  return {.normalisation = {.mean = {123.7F, 116.3F, 103.5F}, .deviation = {58, 57, 56}},
          .mixup = {.alpha = 0.4, .seed = 2},
          .label_smoothing = 0.1,
          .accumulate_steps = passes,
          .loss_scaling = optim::LossScaling{.start = 1024, .growth_interval = 5},
          .blind = true};
}

Outcome train_with(TrainStepGraph graph, int64_t passes = 1) {
  at::manual_seed(4);
  TinyModel model(3);
  std::vector<ops::ArenaParameter> parameters;
  for (const auto& item : model.named_parameters())
    parameters.push_back({item.key(), item.value()});
  ops::FlatArena arena(parameters);
  optim::Sgd optimizer(arena, 0.9, {{.weight_decay = 1e-3}});
  TrainStep step(model, arena, optimizer, blind_settings(passes), nullptr, std::move(graph));
  FakeBatches source(50, 3, 6, 0, 6 * kSteps);
  FakeBatches odd_source(50, 3, 4, 0, 4);
  std::vector<PendingMeters> pending;
  for (int i = 0; i < kSteps; ++i) {
    const data::Batch batch = i == kOddStep ? *odd_source.next() : *source.next();
    pending.push_back(step.start(batch, 0.01 * (i + 1)));
  }
  Outcome outcome;
  // Only now: results of earlier steps outlast later ones.
  for (const PendingMeters& meters : pending) outcome.meters.push_back(meters.get());
  outcome.weights = at::cat({arena.weights(), optimizer.momentum_buffer()});
  return outcome;
}

TEST(TrainStepGraph, AReplayedStepIsBitwiseTheSame) {
  for (const int64_t passes : {1, 2}) {
    SCOPED_TRACE(passes);
    GraphCount count;
    const Outcome eager = train_with({}, passes);
    const Outcome replayed =
        train_with({.make = [&] { return std::make_unique<FakeGraph>(count); }}, passes);
    EXPECT_EQ(count.records, 1);
    EXPECT_EQ(count.replays, kSteps - 3 - 1);  // but for the first three and the odd one
    EXPECT_EQ(replayed.meters, eager.meters);
    EXPECT_TRUE(at::equal(replayed.weights, eager.weights));
    EXPECT_NE(eager.meters[18], eager.meters[19]);
  }
}

TEST(TrainStepGraph, GoesOnWithoutWhereNothingCanBeRecorded) {
  int failures = 0;
  const Outcome eager = train_with({});
  const Outcome other = train_with(
      {.make = make_unable, .on_failure = [&](const core::DeviceError& /*error*/) { ++failures; }});
  EXPECT_EQ(failures, 1);
  EXPECT_TRUE(at::equal(other.weights, eager.weights));
  EXPECT_THROW(train_with({.make = make_unable,
                           .on_failure = [](const core::DeviceError& error) { throw error; }}),
               core::DeviceError);
  EXPECT_THROW(train_with({.make = make_unable}), core::DeviceError);
}

TEST(TrainStepGraph, IsOfBlindStepsAlone) {
  TinyModel model(3);
  ops::FlatArena arena({{"dense", model.named_parameters()["dense.weight"]}});
  optim::Sgd optimizer(arena, 0.9, {{.weight_decay = 0}});
  EXPECT_THROW(TrainStep(model, arena, optimizer, {}, nullptr, {.make = make_unable}),
               std::invalid_argument);
}

}  // namespace
}  // namespace train_backbone::train
