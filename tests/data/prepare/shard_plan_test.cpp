#include "data/prepare/shard_plan.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

#include "train_backbone/core/errors.h"

namespace train_backbone::data {
namespace {

constexpr uint64_t kMebibyte = uint64_t{1} << 20;

PictureList list_of(size_t pictures) {
  PictureList list;
  const uint32_t folder = list.add_container("x");
  const uint32_t number = list.add_class("n01");
  for (size_t i = 0; i < pictures; ++i) list.add(folder, number, std::to_string(i), 0, 100);
  return list;
}

TEST(ShardPlanTest, ImageNetGetsTheOriginalsNumbers) {
  EXPECT_EQ(choose_shard_count(0, true, 1281167, 140'000'000'000), 1024U);
  EXPECT_EQ(choose_shard_count(0, false, 50000, 6'300'000'000), 128U);
}

TEST(ShardPlanTest, SmallSetsGetFewerShards) {
  EXPECT_EQ(choose_shard_count(0, true, 60000, 47 * kMebibyte), 60U);
  EXPECT_EQ(choose_shard_count(0, true, 5000, 500 * kMebibyte), 15U);
  EXPECT_EQ(choose_shard_count(0, true, 3, 300), 1U);
  EXPECT_EQ(choose_shard_count(0, true, 3, 900 * kMebibyte), 3U);
  EXPECT_EQ(choose_shard_count(7, true, 60000, kMebibyte), 7U);
}

TEST(ShardPlanTest, ShardsAreCeilingChunksAndHoldEachPictureOnce) {
  PrepareOptions options;
  options.shards = 6;
  const PictureList list = list_of(10);
  const ShardPlan plan = make_shard_plan(options, list);
  std::multiset<uint32_t> seen;
  std::vector<uint64_t> sizes;
  for (uint64_t shard = 0; shard < plan.shards; ++shard) {
    sizes.push_back(plan.end(shard) - plan.begin(shard));
    for (uint64_t i = plan.begin(shard); i < plan.end(shard); ++i) seen.insert(plan.order[i]);
  }
  EXPECT_EQ(sizes, (std::vector<uint64_t>{2, 2, 2, 2, 2, 0}));
  EXPECT_EQ(seen.size(), 10U);
  EXPECT_EQ(std::set<uint32_t>(seen.begin(), seen.end()).size(), 10U);
  EXPECT_EQ(plan.shard_name(5), "train-00005-of-00006");
}

TEST(ShardPlanTest, OnlyTheTrainingSplitIsShuffled) {
  PrepareOptions options;
  const PictureList list = list_of(100);
  EXPECT_NE(make_shard_plan(options, list).order[0], 0U);
  options.split = "validation";
  const ShardPlan plan = make_shard_plan(options, list);
  for (uint32_t i = 0; i < 100; ++i) ASSERT_EQ(plan.order[i], i);
}

TEST(ShardPlanTest, MoreShardsThanPicturesIsRefused) {
  PrepareOptions options;
  options.shards = 4;
  EXPECT_THROW(make_shard_plan(options, list_of(3)), core::UsageError);
}

TEST(ShardPlanTest, FingerprintChangesWithEverythingThatChangesTheShards) {
  const PictureList list = list_of(5);
  const std::vector<std::string> texts = {"tench"};
  const auto fingerprint = [&](const PrepareOptions& options, uint64_t digest) {
    return plan_fingerprint(options, list, make_shard_plan(options, list), texts, digest);
  };
  PrepareOptions options;
  std::set<uint64_t> seen = {fingerprint(options, 0), fingerprint(options, 1)};
  options.keep_png = true;
  seen.insert(fingerprint(options, 0));
  options.jpeg_quality = 50;
  seen.insert(fingerprint(options, 0));
  options.shards = 2;
  seen.insert(fingerprint(options, 0));
  const ShardPlan plan = make_shard_plan(options, list);
  seen.insert(plan_fingerprint(options, list, plan, {"goldfish"}, 0));
  EXPECT_EQ(seen.size(), 6U);
  const uint64_t before = fingerprint(options, 0);
  options.workers = 3;
  options.on_bad_image = "skip";
  EXPECT_EQ(fingerprint(options, 0), before);
}

}  // namespace
}  // namespace train_backbone::data
