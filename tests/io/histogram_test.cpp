#include "train_backbone/io/histogram.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <numeric>

namespace train_backbone::io {
namespace {

using testing::ElementsAre;

constexpr size_t kBuckets = 64;

TEST(Histogram, CountsEveryValueInItsBucket) {
  std::vector<float> values;
  // Bucket b of [-32, 32] holds b values, in its middle.
  for (size_t bucket = 0; bucket < kBuckets; ++bucket) {
    values.insert(values.end(), bucket, static_cast<float>(bucket) - 31.5F);
  }
  values.push_back(-32);
  values.push_back(32);
  const Histogram histogram = histogram_of(values);
  EXPECT_EQ(histogram.min, -32);
  EXPECT_EQ(histogram.max, 32);
  EXPECT_EQ(histogram.count, static_cast<double>(values.size()));
  ASSERT_EQ(histogram.limits.size(), kBuckets);
  ASSERT_EQ(histogram.counts.size(), kBuckets);
  for (size_t bucket = 0; bucket < kBuckets; ++bucket) {
    EXPECT_EQ(histogram.limits[bucket], static_cast<double>(bucket) - 31);
    const double ends = bucket == 0 || bucket == kBuckets - 1 ? 1 : 0;
    EXPECT_EQ(histogram.counts[bucket], static_cast<double>(bucket) + ends) << bucket;
  }
  EXPECT_EQ(histogram.sum, std::accumulate(values.begin(), values.end(), 0.0));
  EXPECT_EQ(histogram.sum_squares,
            std::inner_product(values.begin(), values.end(), values.begin(), 0.0));
}

TEST(Histogram, EqualValuesAreOneBucket) {
  const std::vector<float> ones(5, 1.0F);
  const Histogram histogram = histogram_of(ones);
  EXPECT_EQ(histogram.min, 1);
  EXPECT_THAT(histogram.limits, ElementsAre(1));
  EXPECT_THAT(histogram.counts, ElementsAre(5));
}

TEST(Histogram, WhatIsNoNumberIsLeftOut) {
  const float infinity = std::numeric_limits<float>::infinity();
  const std::vector<float> values{std::nanf(""), 2, -infinity, 4, infinity};
  const Histogram histogram = histogram_of(values);
  EXPECT_EQ(histogram.count, 2);
  EXPECT_EQ(histogram.sum, 6);
  EXPECT_EQ(histogram.max, 4);
  const Histogram nothing = histogram_of({});
  EXPECT_EQ(nothing.count, 0);
  EXPECT_THAT(nothing.counts, ElementsAre(0));
}

}  // namespace
}  // namespace train_backbone::io
