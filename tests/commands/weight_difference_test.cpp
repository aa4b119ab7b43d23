#include "commands/weight_difference.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/torch.h>

#include <cmath>

namespace train_backbone::commands {
namespace {

using testing::ElementsAre;

TEST(CompareWeights, SortsTensorsByHowTheyDiffer) {
  const io::NamedTensors first = {{"same", torch::ones(3)},
                                  {"gone", torch::ones(1)},
                                  {"shape", torch::ones({2, 3})},
                                  {"type", torch::ones(2)},
                                  {"values", torch::tensor({3.0F, 4.0F})}};
  const io::NamedTensors second = {{"values", torch::tensor({3.0F, 1.0F})},
                                   {"new", torch::ones(1)},
                                   {"type", torch::ones(2, at::kHalf)},
                                   {"shape", torch::ones({3, 2})},
                                   {"same", torch::ones(3)}};
  const WeightDifference difference = compare_weights(first, second);
  EXPECT_THAT(difference.only_in_first, ElementsAre("gone"));
  EXPECT_THAT(difference.only_in_second, ElementsAre("new"));
  EXPECT_THAT(difference.unlike,
              ElementsAre("shape: F32 [2, 3] and F32 [3, 2]", "type: F32 [2] and F16 [2]"));
  ASSERT_EQ(difference.differing.size(), 1U);
  EXPECT_EQ(difference.differing[0].name, "values");
  EXPECT_EQ(difference.differing[0].largest, 3);
  EXPECT_DOUBLE_EQ(difference.differing[0].relative, 3.0 / 5.0);
  EXPECT_EQ(difference.identical, 1);
  EXPECT_EQ(difference.largest(), 3);
  EXPECT_FALSE(difference.none());
}

TEST(CompareWeights, LooksAtBits) {
  const at::Tensor nan = torch::full({2}, NAN);
  EXPECT_TRUE(compare_weights({{"x", nan}}, {{"x", nan.clone()}}).none());
  const WeightDifference zeros =
      compare_weights({{"x", torch::tensor({0.0F})}}, {{"x", torch::tensor({-0.0F})}});
  ASSERT_EQ(zeros.differing.size(), 1U);
  EXPECT_EQ(zeros.differing[0].relative, 0);
  EXPECT_TRUE(std::isnan(compare_weights({{"x", nan}}, {{"x", torch::ones(2)}}).largest()));
}

TEST(CompareWeights, IsTheSameEitherWayRound) {
  const io::NamedTensors small = {{"x", torch::tensor({1.0F, 0.0F})}};
  const io::NamedTensors large = {{"x", torch::tensor({0.0F, 10.0F})}};
  EXPECT_EQ(compare_weights(small, large).differing[0].relative,
            compare_weights(large, small).differing[0].relative);
}

}  // namespace
}  // namespace train_backbone::commands
