#include "data/record/index_cache.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>

#include "record_files.h"
#include "tests/support/scratch.h"
#include "train_backbone/core/errors.h"

// The sidecar of ShardIndex. That it was used shows in that damage is not seen: the frames of a
// shard whose size and time did not change are not walked again.
namespace train_backbone::data {
namespace {

namespace fs = std::filesystem;
using test::scratch_folder;
using test::slurp;
using test::spill;

class IndexCacheTest : public testing::Test {
 protected:
  IndexCacheTest() : root_(scratch_folder()), folder_(root_ / "shards") {
    ::setenv("XDG_CACHE_HOME", (root_ / "cache").c_str(), 1);
    fs::create_directory(folder_);
    write_shard(folder_ / "train-0", {"a", "bb"});
    write_shard(folder_ / "train-1", {"ccc"});
  }
  ~IndexCacheTest() override { ::unsetenv("XDG_CACHE_HOME"); }

  uint64_t records(const fs::path& index_dir = {}) const {
    return ShardIndex::open(folder_, "train", index_dir).size();
  }
  // Changes the first frame's header without a trace in size and time.
  void damage_unseen(const char* shard = "train-0") const {
    const auto time = fs::last_write_time(folder_ / shard);
    flip_byte(folder_ / shard, 0);
    fs::last_write_time(folder_ / shard, time);
  }
  [[nodiscard]] fs::path sidecar() const { return folder_ / ".train.index"; }

  fs::path root_;
  fs::path folder_;
};

TEST_F(IndexCacheTest, SecondOpeningTakesTheOffsetsFromBesideTheShards) {
  const uint64_t first = ShardIndex::open(folder_, "train").fingerprint();
  EXPECT_TRUE(fs::exists(sidecar()));
  EXPECT_FALSE(fs::exists(root_ / "cache"));
  damage_unseen();
  EXPECT_EQ(ShardIndex::open(folder_, "train").fingerprint(), first);
  fs::remove(sidecar());
  EXPECT_THROW(records(), core::DataError);
}

TEST_F(IndexCacheTest, ShardOfOtherSizeIsWalkedAgain) {
  EXPECT_EQ(records(), 3U);
  const auto time = fs::last_write_time(folder_ / "train-0");
  write_shard(folder_ / "train-0", {"a", "bb", "more"});
  fs::last_write_time(folder_ / "train-0", time);
  EXPECT_EQ(records(), 4U);
  damage_unseen();
  EXPECT_EQ(records(), 4U) << "the new offsets should have been kept";
}

TEST_F(IndexCacheTest, ShardOfOtherTimeIsWalkedAgainAndOnlyThat) {
  EXPECT_EQ(records(), 3U);
  damage_unseen("train-1");
  write_shard(folder_ / "train-0", {"bb", "a"});
  const auto time = fs::last_write_time(folder_ / "train-0");
  fs::last_write_time(folder_ / "train-0", time + std::chrono::seconds(1));
  const ShardIndex index = ShardIndex::open(folder_, "train");
  EXPECT_EQ(index.size(), 3U);
  EXPECT_EQ(index.locate(1).frame_offset, 18U);
}

TEST_F(IndexCacheTest, ShardsThatCameOrWentAreSeen) {
  EXPECT_EQ(records(), 3U);
  write_shard(folder_ / "train-2", {"d", "e"});
  EXPECT_EQ(records(), 5U);
  fs::remove(folder_ / "train-0");
  EXPECT_EQ(records(), 3U);
}

TEST_F(IndexCacheTest, SidecarWithAnyByteChangedOrCutIsMadeAgain) {
  EXPECT_EQ(records(), 3U);
  const std::string whole = slurp(sidecar());
  for (size_t byte = 0; byte < whole.size(); ++byte) {
    flip_byte(sidecar(), byte);
    ASSERT_TRUE(IndexCache(folder_, "train", {}).load().empty()) << "byte " << byte;
    spill(sidecar(), whole.substr(0, byte));
    ASSERT_TRUE(IndexCache(folder_, "train", {}).load().empty()) << "cut to " << byte;
    spill(sidecar(), whole);
  }
  spill(sidecar(), whole + "x");
  EXPECT_TRUE(IndexCache(folder_, "train", {}).load().empty());
  EXPECT_EQ(records(), 3U);
  EXPECT_EQ(slurp(sidecar()), whole);
}

TEST_F(IndexCacheTest, OffsetsThatCannotBeAreMadeAgain) {
  const IndexCache cache(folder_, "train", {});
  ShardEntry shard{.path = "train-0", .bytes = 100, .modified_ns = 1, .frame_offsets = {0, 40}};
  cache.save({shard});
  EXPECT_EQ(cache.load().size(), 1U);
  for (const std::vector<uint64_t>& offsets : {std::vector<uint64_t>{40, 0}, {0, 0}, {0, 100}}) {
    shard.frame_offsets = offsets;
    cache.save({shard});
    EXPECT_TRUE(cache.load().empty()) << offsets[0] << ' ' << offsets[1];
  }
}

TEST_F(IndexCacheTest, SidecarOfAnotherVersionIsMadeAgain) {
  EXPECT_EQ(records(), 3U);
  const std::string whole = slurp(sidecar());
  const size_t version = whole.find('\n') - 1;
  std::string other = whole;
  other[version] = '9';
  spill(sidecar(), other);
  EXPECT_EQ(records(), 3U);
  EXPECT_EQ(slurp(sidecar()), whole);
}

TEST_F(IndexCacheTest, OwnFolderIsMadeAndUsedAlone) {
  const fs::path own = root_ / "indexes" / "mine";
  EXPECT_EQ(records(own), 3U);
  EXPECT_FALSE(fs::exists(sidecar()));
  EXPECT_EQ(std::distance(fs::directory_iterator(own), {}), 1);
  damage_unseen();
  EXPECT_EQ(records(own), 3U);
}

TEST_F(IndexCacheTest, OwnFolderKeepsDataSetsApart) {
  const fs::path own = root_ / "indexes";
  const fs::path other = root_ / "other";
  fs::create_directory(other);
  write_shard(other / "train-0", {"x"});
  EXPECT_EQ(records(own), 3U);
  EXPECT_EQ(ShardIndex::open(other, "train", own).size(), 1U);
  EXPECT_EQ(std::distance(fs::directory_iterator(own), {}), 2);
}

TEST_F(IndexCacheTest, OwnFolderThatCannotBeIsNoError) {
  spill(root_ / "file", "x");
  EXPECT_EQ(records(root_ / "file" / "indexes"), 3U);
  EXPECT_FALSE(fs::exists(sidecar()));
}

// A folder under the sidecar's name stands for shards that cannot be written beside, which also
// root, who runs the tests in containers, is held up by.
TEST_F(IndexCacheTest, UsersCacheIsUsedWhereTheShardsFolderIsNotWritable) {
  fs::create_directories(sidecar() / "in_the_way");
  EXPECT_EQ(records(), 3U);
  EXPECT_FALSE(fs::is_empty(root_ / "cache" / "train_backbone" / "index"));
  damage_unseen();
  EXPECT_EQ(records(), 3U);
  for (const auto& entry : fs::directory_iterator(folder_)) {
    EXPECT_EQ(entry.path().filename().string().find(".tmp-"), std::string::npos) << entry.path();
  }
}

// A folder of old shards on a disk that became read-only, then one shard of it made again.
TEST_F(IndexCacheTest, UsersCacheIsReadThoughAStaleSidecarLiesBesideTheShards) {
  EXPECT_EQ(records(), 3U);
  const std::string stale = slurp(sidecar());
  write_shard(folder_ / "train-0", {"a", "bb", "more"});
  fs::remove(sidecar());
  fs::create_directories(sidecar() / "in_the_way");
  EXPECT_EQ(records(), 4U);  // into the user's cache
  fs::remove_all(sidecar());
  spill(sidecar(), stale);
  damage_unseen();
  EXPECT_EQ(records(), 4U);
}

TEST_F(IndexCacheTest, PrefixesHaveTheirOwnSidecars) {
  write_shard(folder_ / "validation-0", {"v"});
  EXPECT_EQ(records(), 3U);
  EXPECT_EQ(ShardIndex::open(folder_, "validation").size(), 1U);
  EXPECT_TRUE(fs::exists(folder_ / ".validation.index"));
  damage_unseen();
  EXPECT_EQ(records(), 3U);
}

}  // namespace
}  // namespace train_backbone::data
