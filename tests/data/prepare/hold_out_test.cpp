#include "data/prepare/hold_out.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

namespace train_backbone::data {
namespace {

using Names = std::set<std::string>;

struct Halves {
  Names training;
  Names validation;
};

Names names_of(const PictureList& list) {
  Names names;
  for (const Picture& picture : list.pictures()) {
    names.insert(std::string(list.class_name(picture)) + "/" + std::string(list.name(picture)));
  }
  return names;
}

// Classes c0, c1, ... with so many pictures 0000.JPEG, 0001.JPEG, ...
PictureList list_of(const std::vector<size_t>& classes) {
  PictureList list;
  const uint32_t folder = list.add_container("x");
  for (size_t i = 0; i < classes.size(); ++i) {
    const uint32_t number = list.add_class("c" + std::to_string(i));
    for (size_t k = 0; k < classes[i]; ++k) {
      const std::string name = std::to_string(10000 + k).substr(1) + ".JPEG";
      list.add(folder, number, name, 0, 100);
    }
  }
  return list;
}

Halves divide(PictureList list, double share) {
  const PictureList validation = hold_out(list, share);
  return {.training = names_of(list), .validation = names_of(validation)};
}

size_t count_of_class(const Names& names, const std::string& name) {
  return static_cast<size_t>(std::count_if(
      names.begin(), names.end(), [&](const std::string& n) { return n.starts_with(name + "/"); }));
}

TEST(HoldOutTest, ShareIsRoundedAndLeavesOneOnEachSide) {
  EXPECT_EQ(held_out_of(0, 0.1), 0U);
  EXPECT_EQ(held_out_of(1, 0.9), 0U);
  EXPECT_EQ(held_out_of(2, 0.01), 1U);
  EXPECT_EQ(held_out_of(2, 0.99), 1U);
  EXPECT_EQ(held_out_of(14, 0.1), 1U);
  EXPECT_EQ(held_out_of(15, 0.1), 2U);
  EXPECT_EQ(held_out_of(1300, 0.1), 130U);
  EXPECT_EQ(held_out_of(7, 0.9999), 6U);
}

TEST(HoldOutTest, EachPictureIsInOneOfThemAndEachClassInBoth) {
  const PictureList list = list_of({40, 2, 1, 9});
  const Halves halves = divide(list, 0.1);
  Names all = halves.training;
  all.insert(halves.validation.begin(), halves.validation.end());
  EXPECT_EQ(all, names_of(list));
  EXPECT_EQ(halves.training.size() + halves.validation.size(), list.size());
  EXPECT_EQ(count_of_class(halves.validation, "c0"), 4U);
  EXPECT_EQ(count_of_class(halves.validation, "c1"), 1U);
  EXPECT_EQ(count_of_class(halves.validation, "c2"), 0U);
  EXPECT_EQ(count_of_class(halves.validation, "c3"), 1U);
}

TEST(HoldOutTest, BothKeepTheClasses) {
  PictureList list = list_of({1, 4});
  const PictureList validation = hold_out(list, 0.5);
  EXPECT_EQ(validation.classes(), list.classes());
  EXPECT_EQ(validation[0].class_number, 1U);
}

TEST(HoldOutTest, OrderAndNumbersOfTheListChangeNothing) {
  const PictureList list = list_of({30, 20});
  PictureList turned = list;
  std::reverse(turned.pictures().begin(), turned.pictures().end());
  turned.renumber({"new", "c1", "c0"}, "the test");
  EXPECT_EQ(divide(turned, 0.2).validation, divide(list, 0.2).validation);
}

// The draw is a promise to shards that were made with it. The names are from a few lines of Python.
TEST(HoldOutTest, DrawIsTheSameInEveryVersion) {
  EXPECT_THAT(divide(list_of({20}), 0.2).validation,
              testing::ElementsAre("c0/0000.JPEG", "c0/0003.JPEG", "c0/0010.JPEG", "c0/0011.JPEG"));
}

TEST(HoldOutTest, OtherPicturesOfOtherClassesChangeNothing) {
  const Names few = divide(list_of({30}), 0.2).validation;
  const Names more = divide(list_of({30, 50}), 0.2).validation;
  EXPECT_TRUE(std::includes(more.begin(), more.end(), few.begin(), few.end()));
}

TEST(HoldOutTest, LargerShareTakesWhatTheSmallerTakes) {
  const PictureList list = list_of({50, 50});
  const Names small = divide(list, 0.1).validation;
  const Names large = divide(list, 0.3).validation;
  EXPECT_EQ(large.size(), 30U);
  EXPECT_TRUE(std::includes(large.begin(), large.end(), small.begin(), small.end()));
}

// Frames of one film, say: what is held out must not be one piece of it.
TEST(HoldOutTest, ConsecutiveNumbersAreDrawnApart) {
  const Names names = divide(list_of({1000}), 0.1).validation;
  std::vector<int> in_hundred(10);
  int neighbours = 0;
  int last = -10;
  for (const std::string& name : names) {
    const int number = std::stoi(name.substr(3, 4));
    ++in_hundred[static_cast<size_t>(number / 100)];
    neighbours += number == last + 1 ? 1 : 0;
    last = number;
  }
  // 10 expected of each; 10 neighbours.
  EXPECT_THAT(in_hundred, testing::Each(testing::AllOf(testing::Ge(3), testing::Le(20))));
  EXPECT_LT(neighbours, 22);
}

}  // namespace
}  // namespace train_backbone::data
