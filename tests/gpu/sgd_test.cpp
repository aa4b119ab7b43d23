// The update of the weights on a GPU against the CPU's.
#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>

#include "tests/gpu/gpu.h"
#include "tests/support/hashed_values.h"
#include "train_backbone/ops/sgd.h"

namespace train_backbone::ops {
namespace {

using test::gpu;

// Whole packs of the kernels and such that are not; less than a block and many.
constexpr auto kCounts = {1, 7, 8, 64, 1001, 200'003};
constexpr SgdCoefficients kRates{.learning_rate = 0.3, .momentum = 0.9, .weight_decay = 0.01};

at::Tensor hashed(const std::string& name, int64_t count) {
  return at::tensor(test::hashed_values(name, count)).to(at::kFloat);
}

struct Arena {
  at::Tensor weights, gradients, momentum;

  explicit Arena(int64_t count)
      : weights(hashed("w", count)), gradients(hashed("g", count)), momentum(hashed("m", count)) {}
  [[nodiscard]] Arena on_gpu() const {
    Arena moved = *this;
    for (at::Tensor* tensor : {&moved.weights, &moved.gradients, &moved.momentum}) {
      *tensor = tensor->to(gpu(), tensor->scalar_type(), /*non_blocking=*/false, /*copy=*/true);
    }
    return moved;
  }
  void update(const SgdCoefficients& rates, const SgdExtras& extras = {}) const {
    nesterov_sgd(weights, gradients, momentum, rates, extras);
  }
};

at::Tensor on_gpu(double value) {
  return at::full({1}, value, at::dtype(at::kFloat).device(gpu()));
}

void expect_close(const Arena& got, const Arena& wanted) {
  EXPECT_TRUE(at::allclose(got.weights.cpu(), wanted.weights, 2e-6, 2e-6));
  EXPECT_TRUE(at::allclose(got.momentum.cpu(), wanted.momentum, 2e-6, 2e-6));
  EXPECT_TRUE(at::equal(got.gradients.cpu(), wanted.gradients));
}

TEST(GpuSgd, IsTheCpusUpToRounding) {
  for (const int64_t count : kCounts) {
    SCOPED_TRACE(count);
    const Arena wanted(count);
    const Arena got = wanted.on_gpu();
    for (int step = 0; step < 3; ++step) {
      wanted.update(kRates);
      got.update(kRates);
    }
    expect_close(got, wanted);
    EXPECT_FALSE(at::equal(wanted.weights, Arena(count).weights));
  }
}

// As in a step with loss scaling: all that goes along lies on the GPU.
TEST(GpuSgd, RateScaleAndCopyAreTakenFromTheGpu) {
  const double scale = 1024;
  for (const int64_t count : kCounts) {
    for (const at::ScalarType type : {at::kBFloat16, at::kHalf}) {
      SCOPED_TRACE(testing::Message() << count << ", " << type);
      const Arena wanted(count);
      Arena got = wanted.on_gpu();
      wanted.update(kRates);
      got.gradients.mul_(scale);
      const at::Tensor copy = at::zeros({count}, at::dtype(type).device(gpu()));
      const SgdExtras extras{.skip = on_gpu(0),
                             .learning_rate = on_gpu(0.3),
                             .inverse_scale = on_gpu(1 / scale),
                             .copy = copy};
      got.update({.learning_rate = 1, .momentum = 0.9, .weight_decay = 0.01}, extras);
      got.gradients.div_(scale);
      expect_close(got, wanted);
      EXPECT_TRUE(at::equal(copy, got.weights.to(type)));
    }
  }
}

TEST(GpuSgd, ASkippedUpdateChangesNothing) {
  const Arena arena = Arena(1001).on_gpu();
  const Arena before = arena.on_gpu();
  arena.gradients.fill_(std::numeric_limits<float>::infinity());
  const at::Tensor copy = at::zeros({1001}, at::dtype(at::kHalf).device(gpu()));
  const SgdExtras extras{.skip = on_gpu(1), .inverse_scale = on_gpu(0.5), .copy = copy};
  arena.update(kRates, extras);
  EXPECT_TRUE(at::equal(arena.weights, before.weights));
  EXPECT_TRUE(at::equal(arena.momentum, before.momentum));
  EXPECT_TRUE(at::equal(copy, at::zeros_like(copy)));
  arena.gradients.copy_(before.gradients);
  extras.skip.zero_();
  arena.update(kRates, extras);
  EXPECT_FALSE(at::equal(arena.weights, before.weights));
  EXPECT_FALSE(at::equal(copy, at::zeros_like(copy)));
}

// Parts of tensors that do not begin at a word go another way, which is no other result.
TEST(GpuSgd, TensorsMayBeginAnywhere) {
  const Arena wanted(1001);
  Arena got(1001);
  for (at::Tensor* tensor : {&got.weights, &got.gradients, &got.momentum}) {
    const at::Tensor longer = at::empty({1002}, at::dtype(at::kFloat).device(gpu()));
    longer.narrow(0, 1, 1001).copy_(*tensor);
    *tensor = longer.narrow(0, 1, 1001);
  }
  wanted.update(kRates);
  got.update(kRates);
  expect_close(got, wanted);
}

TEST(GpuFindNotFinite, SeesOneBadGradientAnywhere) {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  const at::Tensor found = on_gpu(5);
  for (const int64_t count : kCounts) {
    const at::Tensor gradients =
        at::full({count}, std::numeric_limits<float>::max(), at::dtype(at::kFloat).device(gpu()));
    find_not_finite(gradients, found);
    EXPECT_EQ(found.item<float>(), 0) << count;
    for (const float bad : {kInfinity, -kInfinity, std::nanf("")}) {
      for (const int64_t place : {int64_t{0}, count / 2, count - 1}) {
        gradients[place] = bad;
        find_not_finite(gradients, found);
        EXPECT_EQ(found.item<float>(), 1) << bad << " at " << place << " of " << count;
        gradients[place] = 0;
      }
    }
    find_not_finite(gradients, found);
    EXPECT_EQ(found.item<float>(), 0) << count;
  }
}

}  // namespace
}  // namespace train_backbone::ops
