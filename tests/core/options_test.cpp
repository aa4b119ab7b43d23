#include "train_backbone/core/options.h"

#include <gtest/gtest.h>

#include <cmath>

namespace train_backbone::core {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

TEST(Bound, TextSaysTheRange) {
  EXPECT_EQ(Bound{}.text(), "");
  EXPECT_EQ(at_least(1).text(), ">= 1");
  EXPECT_EQ(above(0).text(), "> 0");
  EXPECT_EQ(between(1, 100).text(), "in [1, 100]");
  EXPECT_EQ(below(0, 1).text(), "in [0, 1)");
  EXPECT_EQ((Bound{.low = 0, .high = 1, .low_open = true}.text()), "in (0, 1]");
  EXPECT_EQ((Bound{.high = 2.5}.text()), "<= 2.5");
  EXPECT_EQ((Bound{.high = 2.5, .high_open = true}.text()), "< 2.5");
}

TEST(Bound, ClosedEndsBelongAndOpenEndsDoNot) {
  EXPECT_TRUE(at_least(1).contains(1));
  EXPECT_FALSE(at_least(1).contains(std::nextafter(1, 0)));
  EXPECT_FALSE(above(0).contains(0));
  EXPECT_TRUE(above(0).contains(std::numeric_limits<double>::denorm_min()));
  EXPECT_TRUE(between(1, 100).contains(100));
  EXPECT_FALSE(between(1, 100).contains(101));
  EXPECT_TRUE(below(0, 1).contains(0));
  EXPECT_FALSE(below(0, 1).contains(1));
}

TEST(Bound, NotANumberIsNeverInside) {
  for (const Bound& bound : {Bound{}, at_least(0), between(-1, 1)}) {
    EXPECT_FALSE(bound.contains(std::nan("")));
  }
}

TEST(Bound, InfinityIsInsideOnlyWithoutAnEnd) {
  EXPECT_TRUE(Bound{}.contains(kInfinity));
  EXPECT_FALSE(between(0, 1).contains(kInfinity));
  EXPECT_FALSE(at_least(0).contains(-kInfinity));
}

}  // namespace
}  // namespace train_backbone::core
