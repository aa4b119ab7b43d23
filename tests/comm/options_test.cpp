#include "train_backbone/comm/options.h"

#include <gtest/gtest.h>

namespace train_backbone::comm {
namespace {

TEST(CommOptions, BucketsAreGivenInMebibytesAndMayBeFractions) {
  CommOptions options;
  EXPECT_EQ(options.bucket_bytes(), 25 * 1024 * 1024);
  options.bucket_mb = 0.5;
  EXPECT_EQ(options.bucket_bytes(), 512 * 1024);
}

}  // namespace
}  // namespace train_backbone::comm
