// Training steps on a GPU.
#include <ATen/ATen.h>
#include <c10/util/Exception.h>
#include <gtest/gtest.h>

#include <cmath>
#include <utility>
#include <vector>

#include "tests/gpu/gpu.h"
#include "tests/gpu/network.h"
#include "tests/gpu/no_wait.h"
#include "train_backbone/ops/graph.h"

namespace train_backbone::train {
namespace {

using test::gpu;
using test::Network;
using test::noise_batch;
using test::step_settings;

constexpr int64_t kBatch = 16;

double norm_of(const at::Tensor& tensor) {
  return at::linalg_vector_norm(tensor.to(at::kDouble)).item<double>();
}

struct Course {
  std::vector<double> losses;
  at::Tensor gradients;  // of the first step
  at::Tensor change;     // of the weights in it
};

Course train_in_fp32(c10::Device device, bool fused_kernels) {
  Network network(device, at::kFloat, fused_kernels);
  TrainStep step(*network.model, network.arena, network.optimizer, step_settings(at::kFloat));
  const at::Tensor before = network.arena.weights().cpu().clone();
  Course course;
  for (int64_t i = 0; i < 5; ++i) {
    const Meters meters = step.run(noise_batch(kBatch, i), 0.02);
    EXPECT_EQ(meters.count, kBatch);
    course.losses.push_back(meters.mean_loss());
    if (i > 0) continue;
    course.gradients = network.arena.gradients().cpu().clone();
    course.change = network.arena.weights().cpu() - before;
  }
  return course;
}

TEST(GpuStep, InFp32IsTheCpus) {
  const Course wanted = train_in_fp32(c10::kCPU, true);
  for (const bool fused_kernels : {true, false}) {
    SCOPED_TRACE(testing::Message() << "fused kernels " << fused_kernels);
    const Course got = train_in_fp32(gpu(), fused_kernels);
    EXPECT_LE(norm_of(got.gradients - wanted.gradients), 1e-3 * norm_of(wanted.gradients));
    EXPECT_LE(norm_of(got.change - wanted.change), 1e-3 * norm_of(wanted.change));
    for (size_t i = 0; i < wanted.losses.size(); ++i) {
      EXPECT_NEAR(got.losses[i], wanted.losses[i], 1e-3 * wanted.losses[i]) << "step " << i;
    }
  }
}

TEST(GpuStep, InEveryPrecisionLearnsABatchByHeart) {
  for (const at::ScalarType type : test::step_types()) {
    SCOPED_TRACE(type);
    Network network(gpu(), type);
    TrainStepSettings settings = step_settings(type);
    settings.mixup.alpha = 0;
    TrainStep step(*network.model, network.arena, network.optimizer, settings);
    std::vector<PendingMeters> steps;
    for (int i = 0; i < 60; ++i) steps.push_back(step.start(noise_batch(kBatch, 0), 0.02));
    const double first = steps.front().get().mean_loss();
    const Meters last = steps.back().get();
    EXPECT_GT(first, 2);
    // With this smoothing the least possible loss is 0.5.
    EXPECT_LT(last.mean_loss(), 0.7);
    EXPECT_EQ(last.top1, kBatch);
  }
}

// Without this, the next test would hold for whatever LibTorch does.
TEST(GpuStep, WaitingForTheGpuIsNoticed) {
  const at::Tensor one = at::ones({1}, at::device(gpu()));
  const test::NoWait no_wait;
  EXPECT_THROW(one.item<float>(), c10::Error);
  EXPECT_THROW(one.cpu(), c10::Error);
}

// Handing out a step takes the host no longer than that: it does not wait for this step's numbers,
// nor for an earlier step.
TEST(GpuStep, TheHostDoesNotWaitInAWarmStep) {
  for (const at::ScalarType type : test::step_types()) {
    for (const bool recorded : {false, true}) {
      SCOPED_TRACE(testing::Message() << type << ", recorded " << recorded);
      Network network(gpu(), type);
      TrainStepGraph graph;
      if (recorded) graph.make = [] { return ops::make_graph(gpu()); };
      TrainStep step(*network.model, network.arena, network.optimizer, step_settings(type), nullptr,
                     std::move(graph));
      std::vector<PendingMeters> steps;
      const auto start = [&](int64_t i) {
        steps.push_back(step.start(noise_batch(kBatch, i), 0.02));
      };
      for (int64_t i = 0; i < 6; ++i) start(i);
      {
        const test::NoWait no_wait;
        for (int64_t i = 6; i < 12; ++i) EXPECT_NO_THROW(start(i));
      }
      ASSERT_EQ(steps.size(), 12U);
      EXPECT_FALSE(steps.back().was_done());
      EXPECT_TRUE(std::isfinite(steps.back().get().mean_loss()));
    }
  }
}

}  // namespace
}  // namespace train_backbone::train
