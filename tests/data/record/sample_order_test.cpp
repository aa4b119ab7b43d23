#include "train_backbone/data/record/sample_order.h"

#include <gtest/gtest.h>

#include <cmath>
#include <set>
#include <unordered_set>
#include <vector>

namespace train_backbone::data {
namespace {

std::vector<uint64_t> permutation(uint64_t size, uint64_t seed, uint64_t epoch) {
  const IndexShuffle shuffle(size, seed, epoch);
  std::vector<uint64_t> values;
  for (uint64_t position = 0; position < size; ++position) values.push_back(shuffle(position));
  return values;
}

TEST(IndexShuffle, IsABijectionForEverySmallSize) {
  for (uint64_t size = 1; size <= 300; ++size) {
    std::vector<int> hits(size);
    for (const uint64_t value : permutation(size, size % 3, size % 5)) {
      ASSERT_LT(value, size);
      ++hits[value];
    }
    for (const int hit : hits) ASSERT_EQ(hit, 1) << "size " << size;
  }
}

TEST(IndexShuffle, IsABijectionForTheSizeOfImageNet) {
  constexpr uint64_t kSize = 1'281'167;
  const IndexShuffle shuffle(kSize, 7, 3);
  std::vector<bool> hit(kSize);
  for (uint64_t position = 0; position < kSize; ++position) {
    const uint64_t value = shuffle(position);
    ASSERT_LT(value, kSize);
    ASSERT_FALSE(hit[value]);
    hit[value] = true;
  }
}

TEST(IndexShuffle, NoTwoSampledPositionsMeetInLargeSizes) {
  // Also sizes just above a power of four, where the network is four times as large as needed.
  for (const uint64_t size : {(uint64_t{1} << 32) - 1, uint64_t{1} << 32, (uint64_t{1} << 30) + 1,
                              uint64_t{3'000'000'019}}) {
    const IndexShuffle shuffle(size, 1, 2);
    std::unordered_set<uint64_t> seen;
    constexpr uint64_t kSamples = 20'000;
    for (uint64_t i = 0; i < kSamples; ++i) {
      const uint64_t value = shuffle(i * (size / kSamples));
      ASSERT_LT(value, size);
      ASSERT_TRUE(seen.insert(value).second) << "size " << size;
    }
  }
}

TEST(IndexShuffle, EpochAndSeedBothChangeTheOrder) {
  const auto order = permutation(1000, 1, 0);
  EXPECT_EQ(permutation(1000, 1, 0), order);
  // Two random orders agree in about one place; ten would be far too many.
  const auto agreements = [&](const std::vector<uint64_t>& other) {
    int same = 0;
    for (size_t i = 0; i < order.size(); ++i) same += order[i] == other[i] ? 1 : 0;
    return same;
  };
  EXPECT_LT(agreements(permutation(1000, 1, 1)), 10);
  EXPECT_LT(agreements(permutation(1000, 2, 0)), 10);
  EXPECT_LT(agreements(permutation(1000, uint64_t{1} << 32 | 1, 0)), 10);
  EXPECT_LT(agreements(permutation(1000, 1, uint64_t{1} << 31)), 10);
}

// Every record comes to every place equally often, over many epochs.
TEST(IndexShuffle, IsUniformOverEpochs) {
  constexpr uint64_t kSize = 10;
  constexpr uint64_t kEpochs = 20'000;
  std::vector<std::vector<int>> counts(kSize, std::vector<int>(kSize));
  for (uint64_t epoch = 0; epoch < kEpochs; ++epoch) {
    const IndexShuffle shuffle(kSize, 9, epoch);
    for (uint64_t position = 0; position < kSize; ++position) {
      ++counts[position][shuffle(position)];
    }
  }
  // Chi-square with (10 - 1)^2 degrees of freedom, six deviations above its mean.
  double chi_square = 0;
  constexpr double kExpected = double{kEpochs} / kSize;
  for (const auto& row : counts) {
    for (const int count : row) {
      chi_square += (count - kExpected) * (count - kExpected) / kExpected;
    }
  }
  EXPECT_LT(chi_square, 81 + 6 * std::sqrt(2.0 * 81));
}

// Neighbours must not stay together: shards are sorted by class in many data sets.
TEST(IndexShuffle, NeighboursAreSpreadOut) {
  constexpr uint64_t kSize = 100'000;
  const IndexShuffle shuffle(kSize, 4, 0);
  double distance = 0;
  for (uint64_t position = 0; position + 1 < kSize; ++position) {
    distance += std::abs(static_cast<double>(shuffle(position)) -
                         static_cast<double>(shuffle(position + 1)));
  }
  // Two independent uniform places are a third of the size apart, with a deviation of 0.24 of it.
  const double mean = distance / (kSize - 1) / kSize;
  EXPECT_NEAR(mean, 1.0 / 3.0, 8 * 0.24 / std::sqrt(double{kSize}));
}

// How far apart two neighbours in a shard come: as far as two uniform places, whose distance x (as
// a share of the epoch) has the distribution function 1 - (1 - x)^2.
TEST(IndexShuffle, NeighboursInAShardLandUniformly) {
  constexpr uint64_t kSize = 100'000;
  constexpr size_t kBins = 20;
  for (const uint64_t epoch : {0, 1, 7}) {
    const IndexShuffle shuffle(kSize, 12, epoch);
    std::vector<int> counts(kBins);
    for (uint64_t record = 0; record + 1 < kSize; record += 2) {  // pairs that share no record
      const auto first = static_cast<double>(shuffle.inverse(record));
      const auto second = static_cast<double>(shuffle.inverse(record + 1));
      const double x = std::abs(first - second) / double{kSize};
      ++counts[static_cast<size_t>((1 - (1 - x) * (1 - x)) * double{kBins})];
    }
    double chi_square = 0;
    constexpr double kExpected = double{kSize} / 2 / kBins;
    for (const int count : counts) {
      chi_square += (count - kExpected) * (count - kExpected) / kExpected;
    }
    // 19 degrees of freedom, six deviations above the mean.
    EXPECT_LT(chi_square, 19 + 6 * std::sqrt(2.0 * 19)) << "epoch " << epoch;
  }
}

TEST(SampleOrder, EachEpochHoldsEachRecordOnce) {
  constexpr uint64_t kSize = 17;
  const SampleOrder order(kSize, 5);
  for (uint64_t epoch = 0; epoch < 4; ++epoch) {
    std::set<uint64_t> records;
    for (uint64_t i = 0; i < kSize; ++i) {
      const SampleRef sample = order.at(epoch * kSize + i);
      EXPECT_EQ(sample.epoch, epoch);
      records.insert(sample.record);
    }
    EXPECT_EQ(records.size(), kSize);
    EXPECT_EQ(*records.rbegin(), kSize - 1);
  }
}

TEST(SampleOrder, IsTheShuffleOfTheEpochAndReachesFarEpochs) {
  const SampleOrder order(100, 5);
  EXPECT_EQ(order.at(199).record, IndexShuffle(100, 5, 1)(99));
  EXPECT_EQ(order.at(200).record, IndexShuffle(100, 5, 2)(0));
  EXPECT_EQ(order.at(uint64_t{100} * 1'000'000'000).epoch, 1'000'000'000U);
}

TEST(SampleOrder, OneRecordIsDrawnEveryTime) {
  const SampleOrder order(1, 0);
  EXPECT_EQ(order.at(12).record, 0U);
  EXPECT_EQ(order.at(12).epoch, 12U);
}

}  // namespace
}  // namespace train_backbone::data
