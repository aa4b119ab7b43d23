// What a GPU computes by ATen, on the CPU, against what the CPU computes.
#include <ATen/ops/allclose.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/randint.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/zeros.h>
#include <gtest/gtest.h>

#include "ops/input_transform_aten.h"
#include "ops/sgd_aten.h"
#include "train_backbone/ops/input_stage.h"

namespace train_backbone::ops {
namespace {

constexpr int64_t kSize = 5;
const Normalisation kNormalisation{.mean = {123.7F, 116.3F, 103.5F},
                                   .deviation = {58.4F, 57.1F, 57.4F}};
const std::vector<MixPartner> kMix{{1, 0.75F}, {0, 0.6F}, {2, 0.3F}, {1, 1.0F}};

class AtenImages : public ::testing::Test {
 protected:
  AtenImages() {
    at::manual_seed(1);
    pixels_ = at::randint(256, {4, kSize, kSize + 2, 3}, at::kByte);
  }
  [[nodiscard]] std::span<const uint8_t> bytes() const {
    return {pixels_.const_data_ptr<uint8_t>(), static_cast<size_t>(pixels_.numel())};
  }
  at::Tensor pixels_;
};

TEST_F(AtenImages, AreThoseOfTheCpuUpToRounding) {
  for (const std::vector<MixPartner>& mix : {kMix, {}}) {
    const at::Tensor expected = empty_images(4, kSize, kSize + 2);
    normalise_and_mix(bytes(), kNormalisation, mix, expected);
    const at::Tensor images =
        normalise_and_mix_aten(pixels_, kNormalisation, mix_tensors(mix, c10::kCPU));
    EXPECT_TRUE(images.is_contiguous(at::MemoryFormat::ChannelsLast));
    EXPECT_EQ(images.sizes(), expected.sizes());
    EXPECT_TRUE(at::allclose(images, expected, 1e-6, 1e-6));
    // A sample that is its own partner, whatever its weight, and one with the whole share.
    EXPECT_TRUE(at::equal(images[2], expected[2]));
    EXPECT_TRUE(at::equal(images[3], expected[3]));
  }
}

TEST_F(AtenImages, TheStageOfTheCpuReusesItsTensor) {
  InputStage stage(c10::kCPU);
  const ImageShape shape{.count = 4, .height = kSize, .width = kSize + 2};
  const at::Tensor images = stage.images(bytes(), shape, kNormalisation, kMix);
  const at::Tensor expected = empty_images(4, kSize, kSize + 2);
  normalise_and_mix(bytes(), kNormalisation, kMix, expected);
  EXPECT_TRUE(at::equal(images, expected));
  const at::Tensor again = stage.images(bytes(), shape, kNormalisation, {});
  EXPECT_TRUE(again.is_same(images));
  EXPECT_FALSE(at::equal(images, expected));
}

TEST_F(AtenImages, AreRoundedOnce) {
  const MixTensors mix = mix_tensors(kMix, c10::kCPU);
  const at::Tensor exact = normalise_and_mix_aten(pixels_, kNormalisation, mix);
  for (const at::ScalarType type : {at::kFloat, at::kHalf, at::kBFloat16}) {
    const at::Tensor images = normalised_images(pixels_, kNormalisation, mix, type);
    EXPECT_EQ(images.scalar_type(), type);
    EXPECT_TRUE(images.is_contiguous(at::MemoryFormat::ChannelsLast));
    EXPECT_TRUE(at::equal(images, exact.to(type)));
    InputStage stage(c10::kCPU);
    const at::Tensor of_stage = stage.images(
        bytes(), {.count = 4, .height = kSize, .width = kSize + 2}, kNormalisation, kMix, type);
    EXPECT_TRUE(at::allclose(of_stage, images, type == at::kFloat ? 1e-6 : 0x1p-7, 1e-6));
    EXPECT_EQ(of_stage.scalar_type(), type);
  }
}

TEST_F(AtenImages, TheStageTakesACopyOfPixels) {
  InputStage stage(c10::kCPU);
  const at::Tensor before = pixels_.clone();
  const at::Tensor pixels = stage.place(bytes(), {.count = 4, .height = kSize, .width = kSize + 2});
  pixels_.zero_();
  EXPECT_TRUE(at::equal(pixels, before));
}

TEST(AtenSgd, IsTheCpusUpToRounding) {
  at::manual_seed(2);
  const SgdCoefficients coefficients{.learning_rate = 0.3, .momentum = 0.9, .weight_decay = 0.01};
  at::Tensor weights = at::randn({1000});
  at::Tensor momentum = at::randn({1000});
  const at::Tensor expected_weights = weights.clone();
  const at::Tensor expected_momentum = momentum.clone();
  for (int step = 0; step < 3; ++step) {
    const at::Tensor gradients = at::randn({1000});
    const at::Tensor kept = gradients.clone();
    nesterov_sgd(expected_weights, gradients, expected_momentum, coefficients);
    nesterov_sgd_aten(weights, gradients, momentum, coefficients, {});
    EXPECT_TRUE(at::equal(gradients, kept));
  }
  EXPECT_TRUE(at::allclose(weights, expected_weights, 1e-5, 1e-6));
  EXPECT_TRUE(at::allclose(momentum, expected_momentum, 1e-5, 1e-6));
}

// On the CPU to the bit where the factors' product is exact.
TEST(AtenSgd, TheLearningRateMayLieOnTheDevice) {
  at::manual_seed(3);
  const at::Tensor weights = at::randn({1000});
  const at::Tensor momentum = at::randn({1000});
  const at::Tensor gradients = at::randn({1000});
  const at::Tensor wanted = weights.clone();
  nesterov_sgd(wanted, gradients, momentum.clone(), {.learning_rate = 0.6F, .momentum = 0.9});
  const SgdCoefficients twice{.learning_rate = 2, .momentum = 0.9};
  const SgdExtras extras{.learning_rate = at::full({1}, 0.3F)};
  const at::Tensor by_cpu = weights.clone();
  nesterov_sgd(by_cpu, gradients, momentum.clone(), twice, extras);
  EXPECT_TRUE(at::equal(by_cpu, wanted));
  at::Tensor by_aten = weights.clone();
  at::Tensor velocity = momentum.clone();
  nesterov_sgd_aten(by_aten, gradients, velocity, twice, extras);
  EXPECT_TRUE(at::allclose(by_aten, wanted, 1e-5, 1e-6));
}

TEST(AtenSgd, ASkippedUpdateChangesNothing) {
  const SgdCoefficients coefficients{.learning_rate = 0.3, .momentum = 0.9, .weight_decay = 0.01};
  at::Tensor weights = at::randn({10});
  at::Tensor momentum = at::randn({10});
  const at::Tensor before = weights.clone();
  const at::Tensor momentum_before = momentum.clone();
  const at::Tensor infinite = at::randn({10}) / 0;
  const at::Tensor yes = at::ones({1});
  nesterov_sgd_aten(weights, infinite, momentum, coefficients, {.skip = yes});
  nesterov_sgd(weights, infinite, momentum, coefficients, {.skip = yes});
  EXPECT_TRUE(at::equal(weights, before));
  EXPECT_TRUE(at::equal(momentum, momentum_before));
  nesterov_sgd_aten(weights, at::randn({10}), momentum, coefficients, {.skip = at::zeros({1})});
  EXPECT_FALSE(at::equal(weights, before));
}

TEST(FindNotFinite, SeesOneBadGradientAnywhere) {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  at::Tensor found = at::full({1}, 5.0F);
  at::Tensor by_aten = found.clone();
  for (const int64_t count : {1, 7, 64, 200'003}) {
    const at::Tensor good = at::full({count}, std::numeric_limits<float>::max());
    find_not_finite(good, found);
    find_not_finite_aten(good, by_aten);
    EXPECT_EQ(found.item<float>(), 0);
    EXPECT_EQ(by_aten.item<float>(), 0);
    for (const float bad : {kInfinity, -kInfinity, std::nanf(""), -std::nanf("")}) {
      for (const int64_t place : {int64_t{0}, count / 2, count - 1}) {
        const at::Tensor gradients = good.clone();
        gradients[place] = bad;
        find_not_finite(gradients, found);
        find_not_finite_aten(gradients, by_aten);
        EXPECT_EQ(found.item<float>(), 1) << bad << " at " << place << " of " << count;
        EXPECT_EQ(by_aten.item<float>(), 1) << bad << " at " << place << " of " << count;
      }
    }
  }
  EXPECT_THROW(find_not_finite(at::zeros({4}, at::kDouble), found), std::invalid_argument);
  EXPECT_THROW(find_not_finite(at::zeros({4}), at::zeros({2})), std::invalid_argument);
}

}  // namespace
}  // namespace train_backbone::ops
