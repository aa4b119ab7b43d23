// The device code of sgd on the CPU against the formula in fp64.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <limits>
#include <random>
#include <vector>

#include "tests/support/cuda_on_cpu.h"
// After what stands for CUDA:
#include "ops/sgd_kernels.cuh"
#include "tests/support/device_storage.h"

namespace train_backbone::ops::device {
namespace {

using test::listed;

template <class G, class C>
struct Arena {
  Arena(int count, std::mt19937& random) {
    std::normal_distribution<float> normal;
    for (std::vector<float>* values : {&weights, &momentum}) {
      for (int i = 0; i < count; ++i) values->push_back(normal(random));
    }
    gradients.resize(weights.size());
    for (G& gradient : gradients) assign(gradient, 50 * normal(random));
    copy.resize(weights.size());
    update = {weights.data(), gradients.data(), momentum.data(), copy.data(), count, 0.9F,
              &rate,          &scale,           &skip,           0,           {}};
    // Segments of whole packs, the last one up to the end.
    const auto segments = static_cast<int>(1 + random() % kMostSgdSegments);
    long long end = 0;
    for (int i = 0; i < segments; ++i) {
      end += kSgdVector * static_cast<long long>(random() % 60);
      const bool last = i + 1 == segments || end >= count;
      update.segments[i] = {last ? count : end, 0.25F * static_cast<float>(random() % 3),
                            1 + static_cast<float>(i)};
      update.segment_count = i + 1;
      if (last) break;
    }
  }

  void launch(const std::function<void()>& kernel, uint64_t seed) const {
    const auto blocks =
        static_cast<unsigned>((update.count + kSgdVector * kThreads - 1) / (kSgdVector * kThreads));
    test::launch_on_cpu({blocks}, {kThreads}, seed, kernel);
  }

  std::vector<float> weights, momentum;
  std::vector<G> gradients;
  std::vector<C> copy;
  float rate = 0.1F;
  float scale = 0x1p-6F;
  float skip = 0;
  SgdUpdate<G, C> update;
};

template <class G, class C>
void expect_the_formula(int count, std::mt19937& random) {
  Arena<G, C> arena(count, random);
  std::vector<double> weights = listed(arena.weights);
  std::vector<double> momentum = listed(arena.momentum);
  std::vector<double> scale;
  const std::vector<double> gradients = listed(arena.gradients);
  const double kept = static_cast<double>(0.9F);
  const double rate = static_cast<double>(0.1F);
  for (size_t i = 0; i < weights.size(); ++i) {
    const SgdSegment* segment = arena.update.segments;
    while (static_cast<long long>(i) >= segment->end) ++segment;
    const double gradient =
        gradients[i] / 64 + static_cast<double>(segment->weight_decay) * weights[i];
    momentum[i] = kept * momentum[i] + gradient;
    scale.push_back(std::fabs(weights[i]) + std::fabs(momentum[i]) + std::fabs(gradient));
    weights[i] -=
        rate * static_cast<double>(segment->rate_factor) * (gradient + kept * momentum[i]);
  }
  arena.launch([&] { sgd_update(arena.update); }, random());
  EXPECT_LE(test::largest_error(listed(arena.weights), weights, scale), 1e-5);
  EXPECT_LE(test::largest_error(listed(arena.momentum), momentum, scale), 1e-5);
  for (size_t i = 0; i < arena.copy.size(); ++i) {
    ASSERT_EQ(to_float(arena.copy[i]), rounded<C>(arena.weights[i]));
  }
}

template <class G, class C>
void expect_the_formula_for_sizes(int cases) {
  std::mt19937 random(2);
  for (int i = 0; i < cases && !testing::Test::HasFailure(); ++i) {
    const auto count = static_cast<int>(1 + random() % 5000);
    SCOPED_TRACE(testing::Message() << count << " elements");
    expect_the_formula<G, C>(count, random);
  }
}

TEST(DeviceSgd, EqualsTheFormula) {
  expect_the_formula_for_sizes<float, float>(500);
  expect_the_formula_for_sizes<float, Half>(200);
  expect_the_formula_for_sizes<Half, Half>(500);
  expect_the_formula_for_sizes<Bfloat16, Bfloat16>(500);
}

TEST(DeviceSgd, ASkippedStepChangesNothing) {
  std::mt19937 random(3);
  Arena<Half, Half> arena(1003, random);
  const Arena<Half, Half> before = arena;
  arena.skip = 1;
  arena.update.skip = &arena.skip;
  arena.launch([&] { sgd_update(arena.update); }, 1);
  EXPECT_EQ(arena.weights, before.weights);
  EXPECT_EQ(arena.momentum, before.momentum);
}

TEST(DeviceSgd, RunsWithoutScaleSkipAndCopy) {
  std::mt19937 random(4);
  Arena<float, Half> scaled(777, random);
  std::mt19937 again(4);
  Arena<float, Half> plain(777, again);
  for (float& gradient : plain.gradients) gradient *= plain.scale;
  plain.update.inverse_scale = plain.update.skip = nullptr;
  plain.update.copy = nullptr;
  scaled.launch([&] { sgd_update(scaled.update); }, 1);
  plain.launch([&] { sgd_update(plain.update); }, 1);
  EXPECT_EQ(plain.weights, scaled.weights);
  EXPECT_EQ(plain.momentum, scaled.momentum);
}

TEST(DeviceSgd, WithoutALearningRateTheSegmentsOwnRules) {
  std::mt19937 random(6);
  Arena<float, Half> by_scalar(777, random);
  std::mt19937 again(6);
  Arena<float, Half> by_segment(777, again);
  by_scalar.rate = 0.25F;
  by_segment.update.learning_rate = nullptr;
  for (SgdSegment& segment : by_segment.update.segments) segment.rate_factor *= 0.25F;
  by_scalar.launch([&] { sgd_update(by_scalar.update); }, 1);
  by_segment.launch([&] { sgd_update(by_segment.update); }, 1);
  EXPECT_EQ(by_segment.weights, by_scalar.weights);
}

template <class G>
void expect_the_check(std::mt19937& random, float bad) {
  Arena<G, G> arena(static_cast<int>(1 + random() % 4000), random);
  float found = 0;
  const SgdCheck<G> check = {arena.gradients.data(), arena.update.count, &found};
  arena.launch([&] { sgd_check(check); }, random());
  EXPECT_EQ(found, 0);
  assign(arena.gradients[random() % arena.gradients.size()], bad);
  arena.launch([&] { sgd_check(check); }, random());
  EXPECT_EQ(found, 1);
}

TEST(DeviceSgd, OneGradientWithoutAValueIsFound) {
  std::mt19937 random(5);
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  for (int i = 0; i < 200; ++i) {
    for (const float bad : {kInfinity, -kInfinity, std::numeric_limits<float>::quiet_NaN()}) {
      expect_the_check<float>(random, bad);
      expect_the_check<Half>(random, bad);
      expect_the_check<Bfloat16>(random, bad);
    }
  }
}

}  // namespace
}  // namespace train_backbone::ops::device
