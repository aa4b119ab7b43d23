#include "comm/bucket_plan.h"

#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <stdexcept>

#include "tests/comm/replica.h"

namespace train_backbone::comm {
namespace {

using ::testing::ElementsAre;

constexpr int64_t kMebibyte = 1 << 20;

ops::ArenaParameter parameter(const std::string& name, int64_t elements, size_t group = 0) {
  return {name, at::zeros({elements}).requires_grad_(), group};
}

std::vector<std::vector<std::string>> names_in(const std::vector<Bucket>& buckets,
                                               const ops::FlatArena& arena) {
  std::vector<std::vector<std::string>> names;
  for (const Bucket& bucket : buckets) {
    auto& own = names.emplace_back();
    for (const size_t slot : bucket.slots) own.push_back(arena.slots()[slot].name);
  }
  return names;
}

int64_t bytes_of(const Bucket& bucket) { return (bucket.end - bucket.begin) * 4; }

class PlanOfNetwork : public testing::TestWithParam<std::string> {};

TEST_P(PlanOfNetwork, CoversTheArenaOnceWithinSegments) {
  Replica replica({.model = GetParam()});
  const ops::FlatArena& arena = replica.arena();
  std::vector<Bucket> buckets = plan_buckets(arena, 4 * kMebibyte);
  EXPECT_GT(buckets.size(), 8U);
  std::sort(buckets.begin(), buckets.end(),
            [](const Bucket& a, const Bucket& b) { return a.begin < b.begin; });
  int64_t end = 0;
  size_t slots = 0;
  for (const Bucket& bucket : buckets) {
    EXPECT_EQ(bucket.begin, end);
    end = bucket.end;
    slots += bucket.slots.size();
    for (const size_t slot : bucket.slots) {
      EXPECT_GE(arena.slots()[slot].offset, bucket.begin);
      EXPECT_LE(arena.slots()[slot].offset + arena.slots()[slot].elements, bucket.end);
    }
    const auto holds = [&](const ops::ArenaSegment& segment) {
      return segment.begin <= bucket.begin && bucket.end <= segment.end;
    };
    EXPECT_TRUE(std::any_of(arena.segments().begin(), arena.segments().end(), holds));
  }
  EXPECT_EQ(end, arena.gradients().numel());
  EXPECT_EQ(slots, arena.slots().size());
}

TEST_P(PlanOfNetwork, KeepsToTheSizeAndBeginsSmall) {
  Replica replica({.model = GetParam()});
  const auto buckets = plan_buckets(replica.arena(), 4 * kMebibyte);
  for (const Bucket& bucket : buckets) {
    EXPECT_TRUE(bytes_of(bucket) <= 4 * kMebibyte || bucket.slots.size() == 1);
  }
  EXPECT_LE(bytes_of(buckets.front()), kMebibyte);
  EXPECT_EQ(names_in(buckets, replica.arena()).front().front(), "fc.weight");
}

TEST_P(PlanOfNetwork, ComesInTheOrderOfCompletion) {
  Replica replica({.model = GetParam()});
  const auto buckets = plan_buckets(replica.arena(), 4 * kMebibyte);
  for (size_t i = 0; i < buckets.size(); ++i) {
    for (const size_t slot : buckets[i].slots) {
      EXPECT_GE(replica.arena().slots()[slot].order, buckets[i].earliest);
      if (i > 0) {
        EXPECT_LT(buckets[i].earliest, buckets[i - 1].earliest);
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Models, PlanOfNetwork, testing::Values("resnet18v1_b", "resnet50v1_b"),
                         [](const auto& parameter) { return parameter.param; });

TEST(BucketPlan, FillsFromTheEndOfEachSegment) {
  const int64_t some = 16'000;
  const ops::FlatArena arena({parameter("a", some), parameter("a2", some, 1), parameter("b", some),
                              parameter("c", some), parameter("c2", some, 1)});
  EXPECT_THAT(names_in(plan_buckets(arena, 2 * some * 4), arena),
              ElementsAre(ElementsAre("c", "b"), ElementsAre("c2", "a2"), ElementsAre("a")));
}

TEST(BucketPlan, OnlyTheFirstOfASegmentIsSmall) {
  const int64_t some = kMebibyte / 8;  // half a MiB
  const ops::FlatArena arena({parameter("a", some), parameter("b", some), parameter("c", some),
                              parameter("d", some), parameter("e", some)});
  EXPECT_THAT(names_in(plan_buckets(arena, 2 * kMebibyte), arena),
              ElementsAre(ElementsAre("e", "d"), ElementsAre("c", "b", "a")));
}

TEST(BucketPlan, AParameterBeyondTheSizeIsABucketOfItsOwn) {
  const ops::FlatArena arena({parameter("a", 16), parameter("b", 999), parameter("c", 16)});
  EXPECT_THAT(names_in(plan_buckets(arena, 256), arena),
              ElementsAre(ElementsAre("c"), ElementsAre("b"), ElementsAre("a")));
}

TEST(BucketPlan, RefusesASizeOfNothing) {
  const ops::FlatArena arena({parameter("a", 16)});
  EXPECT_THROW(plan_buckets(arena, 0), std::invalid_argument);
}

}  // namespace
}  // namespace train_backbone::comm
