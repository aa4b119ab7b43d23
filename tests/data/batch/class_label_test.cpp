#include "data/batch/class_label.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

namespace train_backbone::data {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(ClassOfLabel, TakesTheOffsetAwayAndChecksBothEnds) {
  const ClassRange range = {.num_classes = 1000, .label_offset = 1};
  EXPECT_EQ(class_of_label(1, range), 0);
  EXPECT_EQ(class_of_label(1000, range), 999);
  EXPECT_EQ(class_of_label(0, range), std::nullopt);
  EXPECT_EQ(class_of_label(1001, range), std::nullopt);
  EXPECT_EQ(class_of_label(std::numeric_limits<int64_t>::min(), range), std::nullopt);
}

TEST(LabelMessage, NamesTheOffsetThatWouldFit) {
  EXPECT_THAT(
      label_message(0, {.num_classes = 10, .label_offset = 1}),
      HasSubstr("label 0 does not fit --num_classes 10 with --label_offset 1; it would with "
                "--label_offset 0"));
  EXPECT_THAT(label_message(10, {.num_classes = 10, .label_offset = 0}),
              HasSubstr("it would with --label_offset 1"));
}

TEST(LabelMessage, NamesTheNumberOfClassesWhenNoOffsetWouldFit) {
  EXPECT_THAT(label_message(11, {.num_classes = 10, .label_offset = 1}),
              HasSubstr("it would with --num_classes 11"));
  EXPECT_THAT(label_message(999, {.num_classes = 10, .label_offset = 0}),
              HasSubstr("it would with --num_classes 1000"));
}

TEST(LabelMessage, DoesNotAdviseForNonsense) {
  const auto lowest = std::numeric_limits<int64_t>::min();
  for (const int64_t label : {int64_t{-5}, lowest, std::numeric_limits<int64_t>::max()}) {
    EXPECT_THAT(label_message(label, {.num_classes = 10, .label_offset = 1}),
                HasSubstr("damaged or not of this data set"));
  }
}

}  // namespace
}  // namespace train_backbone::data
