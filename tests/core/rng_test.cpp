#include "train_backbone/core/rng.h"

#include <gtest/gtest.h>

#include <cmath>
#include <set>
#include <vector>

namespace train_backbone::core {
namespace {

using Block = std::array<uint32_t, 4>;

TEST(Philox, GivesTheKnownAnswersOfRandom123) {
  EXPECT_EQ(philox4x32({0, 0, 0, 0}, {0, 0}),
            (Block{0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8}));
  constexpr uint32_t kOnes = 0xFFFFFFFF;
  EXPECT_EQ(philox4x32({kOnes, kOnes, kOnes, kOnes}, {kOnes, kOnes}),
            (Block{0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD}));
  // Digits of pi.
  EXPECT_EQ(philox4x32({0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344}, {0xA4093822, 0x299F31D0}),
            (Block{0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1}));
}

// Pins which counter and key belong to a draw: a change here changes every run's result.
TEST(SampleRng, DrawsAreTheBlocksOfItsCounter) {
  const uint64_t seed = 0x0123456789ABCDEF;
  SampleRng rng(seed, RngStream::kMixup, 7, 11);
  for (uint32_t block = 0; block < 3; ++block) {
    const Block expected = philox4x32({block, 1, 7, 11}, {0x89ABCDEF, 0x01234567});
    for (const uint32_t bits : expected) EXPECT_EQ(rng.bits32(), bits);
  }
  SampleRng again(seed, RngStream::kMixup, 7, 11);
  const uint64_t high = SampleRng(again).bits32();
  EXPECT_EQ(again.bits64() >> 32, high);
}

TEST(SampleRng, EveryPartOfItsIdentityChangesTheDraws) {
  std::set<uint64_t> seen;
  seen.insert(SampleRng(1, RngStream::kAugment, 2, 3).bits64());
  seen.insert(SampleRng(2, RngStream::kAugment, 2, 3).bits64());
  seen.insert(SampleRng(1 + (uint64_t{1} << 32), RngStream::kAugment, 2, 3).bits64());
  seen.insert(SampleRng(1, RngStream::kMixup, 2, 3).bits64());
  seen.insert(SampleRng(1, RngStream::kShuffle, 2, 3).bits64());
  seen.insert(SampleRng(1, RngStream::kInit, 2, 3).bits64());
  seen.insert(SampleRng(1, RngStream::kAugment, 3, 3).bits64());
  seen.insert(SampleRng(1, RngStream::kAugment, 2, 4).bits64());
  seen.insert(SampleRng(1, RngStream::kAugment, 3, 2).bits64());
  EXPECT_EQ(seen.size(), 9U);
}

TEST(SampleRng, StreamsOfOneSampleAreUncorrelated) {
  double sum = 0;
  constexpr int kSamples = 100'000;
  for (int sample = 0; sample < kSamples; ++sample) {
    SampleRng first(5, RngStream::kAugment, 0, static_cast<uint64_t>(sample));
    SampleRng second(5, RngStream::kMixup, 0, static_cast<uint64_t>(sample));
    sum += (first.uniform_double() - 0.5) * (second.uniform_double() - 0.5);
  }
  // The mean product of independent ones has a deviation of 1/12 / sqrt(n) = 0.00026.
  EXPECT_NEAR(sum / kSamples, 0.0, 5 * 0.00026);
}

TEST(SampleRng, BelowStaysInRangeAlsoForTheLargestRange) {
  SampleRng rng(1, RngStream::kAugment, 0, 0);
  for (const uint32_t n : {1U, 2U, 3U, 1000U, 0x80000001U, 0xFFFFFFFFU}) {
    for (int draw = 0; draw < 1000; ++draw) ASSERT_LT(rng.below(n), n);
  }
}

TEST(SampleRng, BelowIsUniform) {
  // Chi-square over n cells; six deviations (sqrt(2 (n - 1))) above its mean n - 1.
  SampleRng rng(3, RngStream::kAugment, 0, 0);
  for (const uint32_t n : {2U, 7U, 100U}) {
    constexpr int kDraws = 200'000;
    std::vector<int> counts(n);
    for (int draw = 0; draw < kDraws; ++draw) ++counts[rng.below(n)];
    double chi_square = 0;
    for (const int count : counts) {
      const double expected = double{kDraws} / n;
      chi_square += (count - expected) * (count - expected) / expected;
    }
    EXPECT_LT(chi_square, n - 1 + 6 * std::sqrt(2.0 * (n - 1))) << n;
  }
}

// With a plain remainder or product the lower third of 3 * 2^30 values would come twice as often.
TEST(SampleRng, BelowHasNoModuloBias) {
  SampleRng rng(4, RngStream::kAugment, 0, 0);
  constexpr uint32_t kRange = 3U << 30;
  constexpr int kDraws = 100'000;
  std::array<int, 3> residues{};
  int low = 0;
  for (int draw = 0; draw < kDraws; ++draw) {
    const uint32_t value = rng.below(kRange);
    low += value < kRange / 3 ? 1 : 0;
    ++residues[value % 3];
  }
  for (const int count : {low, residues[0], residues[1], residues[2]}) {
    EXPECT_NEAR(count, kDraws / 3.0, 6 * std::sqrt(kDraws * 2.0 / 9.0));
  }
}

}  // namespace
}  // namespace train_backbone::core
