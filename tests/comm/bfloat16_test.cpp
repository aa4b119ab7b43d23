#include "comm/bfloat16.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace train_backbone::comm {
namespace {

float there_and_back(float value) { return from_bfloat16(to_bfloat16(value)); }

TEST(Bfloat16, RoundsToTheNearestAndHalvesToEven) {
  EXPECT_EQ(there_and_back(1.0F), 1.0F);
  EXPECT_EQ(there_and_back(-0.0F), 0.0F);
  EXPECT_TRUE(std::signbit(there_and_back(-0.0F)));
  // 8 bits of precision: 1 and 1 + 2^-7 are neighbours.
  EXPECT_EQ(there_and_back(1.0F + std::ldexp(1.0F, -8)), 1.0F);
  EXPECT_EQ(there_and_back(1.0F + 3 * std::ldexp(1.0F, -8)), 1.0F + std::ldexp(1.0F, -6));
  EXPECT_EQ(there_and_back(1.0F + 1.01F * std::ldexp(1.0F, -8)), 1.0F + std::ldexp(1.0F, -7));
}

TEST(Bfloat16, KeepsInfinityAndNan) {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  EXPECT_EQ(there_and_back(-kInfinity), -kInfinity);
  EXPECT_EQ(there_and_back(std::numeric_limits<float>::max()), kInfinity);
  EXPECT_TRUE(std::isnan(there_and_back(std::numeric_limits<float>::quiet_NaN())));
  EXPECT_TRUE(std::isnan(there_and_back(std::bit_cast<float>(0x7F800001U))));  // payload cut off
}

}  // namespace
}  // namespace train_backbone::comm
