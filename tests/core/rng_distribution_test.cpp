#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "train_backbone/core/rng.h"

// The distributions built on the raw bits. All draws are fixed by the seed, so the bounds (six
// standard deviations and more) either hold always or never.
namespace train_backbone::core {
namespace {

constexpr size_t kDraws = 200'000;

template <class Draw>
std::vector<double> draws(Draw draw) {
  SampleRng rng(20, RngStream::kMixup, 0, 0);
  std::vector<double> values(kDraws);
  for (double& value : values) value = draw(rng);
  return values;
}

double mean(const std::vector<double>& values) {
  double sum = 0;
  for (const double value : values) sum += value;
  return sum / static_cast<double>(values.size());
}

double variance(const std::vector<double>& values) {
  const double middle = mean(values);
  double sum = 0;
  for (const double value : values) sum += (value - middle) * (value - middle);
  return sum / static_cast<double>(values.size());
}

// The largest distance between the draws' distribution and `cumulative` (Kolmogorov, Smirnov).
template <class Cumulative>
double distance(std::vector<double> values, Cumulative cumulative) {
  std::sort(values.begin(), values.end());
  double largest = 0;
  for (size_t i = 0; i < values.size(); ++i) {
    const double share = static_cast<double>(i) / static_cast<double>(values.size());
    largest = std::max(largest, std::abs(cumulative(values[i]) - share));
  }
  return largest;
}

// Exceeded by chance once in 10^9.
const double kDistanceBound = 3.3 / std::sqrt(static_cast<double>(kDraws));

TEST(RngDistribution, UniformIsUniformInTheHalfOpenUnitInterval) {
  const auto floats = draws([](SampleRng& rng) { return double{rng.uniform()}; });
  const auto doubles = draws([](SampleRng& rng) { return rng.uniform_double(); });
  for (const auto& values : {floats, doubles}) {
    EXPECT_GE(*std::min_element(values.begin(), values.end()), 0.0);
    EXPECT_LT(*std::max_element(values.begin(), values.end()), 1.0);
    EXPECT_LT(distance(values, [](double x) { return x; }), kDistanceBound);
  }
}

TEST(RngDistribution, NormalIsStandardNormal) {
  const auto values = draws([](SampleRng& rng) { return rng.normal(); });
  EXPECT_NEAR(mean(values), 0.0, 6 / std::sqrt(double{kDraws}));
  const auto cumulative = [](double x) { return 0.5 * std::erfc(-x / std::sqrt(2.0)); };
  EXPECT_LT(distance(values, cumulative), kDistanceBound);
}

class Gamma : public testing::TestWithParam<double> {};

TEST_P(Gamma, HasItsMeanAndVariance) {
  const double shape = GetParam();
  const auto values = draws([shape](SampleRng& rng) { return rng.gamma(shape); });
  EXPECT_GE(*std::min_element(values.begin(), values.end()), 0.0);
  EXPECT_NEAR(mean(values), shape, 6 * std::sqrt(shape / kDraws));
  // The variance of (x - shape)^2 is the fourth central moment, 3 shape^2 + 6 shape, less shape^2.
  EXPECT_NEAR(variance(values), shape, 6 * std::sqrt((2 * shape * shape + 6 * shape) / kDraws));
}

INSTANTIATE_TEST_SUITE_P(Shapes, Gamma, testing::Values(0.2, 0.9, 1.0, 2.0, 30.0));

TEST(RngDistribution, GammaOfShapeOneIsExponentialAndOfOneHalfChiSquare) {
  const auto exponential = draws([](SampleRng& rng) { return rng.gamma(1.0); });
  EXPECT_LT(distance(exponential, [](double x) { return 1 - std::exp(-x); }), kDistanceBound);
  const auto half = draws([](SampleRng& rng) { return rng.gamma(0.5); });
  EXPECT_LT(distance(half, [](double x) { return std::erf(std::sqrt(x)); }), kDistanceBound);
}

class Beta : public testing::TestWithParam<double> {};

TEST_P(Beta, HasItsMeanAndVariance) {
  const double alpha = GetParam();
  const auto values = draws([alpha](SampleRng& rng) { return rng.beta(alpha, alpha); });
  EXPECT_GE(*std::min_element(values.begin(), values.end()), 0.0);
  EXPECT_LE(*std::max_element(values.begin(), values.end()), 1.0);
  const double expected = 1 / (4 * (2 * alpha + 1));
  EXPECT_NEAR(mean(values), 0.5, 6 * std::sqrt(expected / kDraws));
  EXPECT_NEAR(variance(values), expected, 0.01 * expected);
}

INSTANTIATE_TEST_SUITE_P(Alphas, Beta, testing::Values(0.2, 1.0, 2.0));

TEST(RngDistribution, BetaFollowsItsDistribution) {
  const auto smooth = draws([](SampleRng& rng) { return rng.beta(2, 2); });
  EXPECT_LT(distance(smooth, [](double x) { return x * x * (3 - 2 * x); }), kDistanceBound);
  const auto lopsided = draws([](SampleRng& rng) { return rng.beta(3, 1); });
  EXPECT_LT(distance(lopsided, [](double x) { return x * x * x; }), kDistanceBound);
}

TEST(RngDistribution, BetaOfTinyAlphasIsStillANumber) {
  const auto values = draws([](SampleRng& rng) { return rng.beta(1e-3, 1e-3); });
  for (const double value : values) ASSERT_TRUE(value >= 0 && value <= 1) << value;
}

// Where both gammas leave the range of doubles: one end or the other, half of the time each.
TEST(RngDistribution, BetaOfVanishingAlphasIsACoin) {
  for (const double alpha : {1e-12, 1e-300}) {
    const auto values = draws([&](SampleRng& rng) { return rng.beta(alpha, alpha); });
    double sum = 0;
    for (const double value : values) {
      ASSERT_TRUE(value == 0 || value == 1) << value;
      sum += value;
    }
    EXPECT_NEAR(sum / static_cast<double>(values.size()), 0.5, 0.01);
  }
}

TEST(RngDistribution, BetaOfHugeAlphasIsOneHalf) {
  SampleRng rng(1, RngStream::kMixup, 0, 0);
  EXPECT_NEAR(rng.beta(1e308, 1e308), 0.5, 1e-6);
}

}  // namespace
}  // namespace train_backbone::core
