#include "train_backbone/data/record/shard_index.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "record_files.h"
#include "tests/support/scratch.h"
#include "train_backbone/core/errors.h"

namespace train_backbone::data {
namespace {

using test::message_of;
using test::scratch_folder;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

TEST(ShardIndex, NumbersRecordsByShardNameThenOffset) {
  const auto folder = scratch_folder();
  write_shard(folder / "train-1", {"ccc"});
  write_shard(folder / "train-0", {"a", "bb"});
  const ShardIndex index = ShardIndex::open(folder, "train");
  ASSERT_EQ(index.size(), 3U);
  ASSERT_EQ(index.shards().size(), 2U);
  EXPECT_EQ(index.shards()[0].path, folder / "train-0");
  EXPECT_EQ(index.shards()[0].bytes, 2 * 16U + 3);
  EXPECT_THAT(index.shards()[0].frame_offsets, ElementsAre(0, 17));
  const RecordLocation second = index.locate(1);
  EXPECT_EQ(second.shard, 0U);
  EXPECT_EQ(second.frame_offset, 17U);
  EXPECT_EQ(second.length, 2U);
  const RecordLocation third = index.locate(2);
  EXPECT_EQ(third.shard, 1U);
  EXPECT_EQ(third.frame_offset, 0U);
  EXPECT_EQ(third.length, 3U);
}

TEST(ShardIndex, EmptyShardsHoldNoNumbers) {
  const auto folder = scratch_folder();
  const std::vector<std::vector<std::string>> shards = {{}, {"a"}, {}, {}, {"bb", ""}, {}};
  for (size_t i = 0; i < shards.size(); ++i) {
    write_shard(folder / ("train-" + std::to_string(i)), shards[i]);
  }
  const ShardIndex index = ShardIndex::open(folder, "train");
  ASSERT_EQ(index.size(), 3U);
  const std::vector<std::array<uint64_t, 3>> expected = {{1, 0, 1}, {4, 0, 2}, {4, 18, 0}};
  for (uint64_t record = 0; record < index.size(); ++record) {
    const RecordLocation location = index.locate(record);
    EXPECT_EQ(location.shard, expected[record][0]);
    EXPECT_EQ(location.frame_offset, expected[record][1]);
    EXPECT_EQ(location.length, expected[record][2]);
  }
}

TEST(ShardIndex, TellsHowManyRecordsOfTheShardAreLeft) {
  const auto folder = scratch_folder();
  write_shard(folder / "train-0", {"a", "b", "c"});
  write_shard(folder / "train-1", {});
  write_shard(folder / "train-2", {"d", "e"});
  const ShardIndex index = ShardIndex::open(folder, "train");
  std::vector<uint64_t> left;
  for (uint64_t record = 0; record < index.size(); ++record) {
    left.push_back(index.records_behind(record));
  }
  EXPECT_EQ(left, (std::vector<uint64_t>{3, 2, 1, 2, 1}));
}

TEST(ShardIndex, NoRecordsAtAllIsAnError) {
  const auto folder = scratch_folder();
  write_shard(folder / "train-0", {});
  EXPECT_THAT(message_of<core::DataError>([&] { ShardIndex::open(folder, "train"); }),
              AllOf(HasSubstr(folder.string()), HasSubstr("no records")));
}

TEST(ShardIndex, FolderProblemsAreDataErrors) {
  const auto folder = scratch_folder();
  EXPECT_THROW(ShardIndex::open(folder / "none", "train"), core::DataError);
  EXPECT_THROW(ShardIndex::open(folder, "train"), core::DataError);
  write_shard(folder / "validation-0", {"a"});
  EXPECT_THROW(ShardIndex::open(folder, "train"), core::DataError);
}

TEST(ShardIndex, TruncatedAndCorruptShardsAreNamedWithOffset) {
  const auto folder = scratch_folder();
  write_shard(folder / "train-0", {"a"});
  write_shard(folder / "train-1", {"b", "c"});
  const std::string whole = test::slurp(folder / "train-1");
  test::spill(folder / "train-1", whole.substr(0, whole.size() - 1));
  EXPECT_THAT(message_of<core::DataError>([&] { ShardIndex::open(folder, "train"); }),
              HasSubstr((folder / "train-1").string() + " at byte 17: truncated"));
  test::spill(folder / "train-1", whole);
  flip_byte(folder / "train-1", 17 + 3);
  EXPECT_THAT(message_of<core::DataError>([&] { ShardIndex::open(folder, "train"); }),
              HasSubstr((folder / "train-1").string() + " at byte 17: corrupt"));
}

TEST(ShardIndex, DamageThatCannotBeSkippedSaysSo) {
  const auto folder = scratch_folder();
  write_shard(folder / "train-0", {"a", "b"});
  flip_byte(folder / "train-0", 17);
  EXPECT_THAT(message_of<core::DataError>([&] { ShardIndex::open(folder, "train"); }),
              AllOf(HasSubstr("--on_bad_record skip cannot pass over it"),
                    HasSubstr("train_backbone inspect " + folder.string())));
}

TEST(ShardIndex, FingerprintIsOfNamesSizesAndOffsetsOnly) {
  const auto folder = scratch_folder();
  const auto fingerprint = [&](const char* name, const std::vector<std::string>& first,
                               const char* shard = "train-0") {
    const auto place = folder / name;
    std::filesystem::create_directories(place);
    write_shard(place / shard, first);
    write_shard(place / "train-9", {"z"});
    return ShardIndex::open(place, "train").fingerprint();
  };
  const uint64_t original = fingerprint("original", {"aa", "b"});
  EXPECT_EQ(fingerprint("copy", {"aa", "b"}), original);
  EXPECT_EQ(fingerprint("same_lengths", {"cc", "d"}), original);
  EXPECT_NE(fingerprint("other_offsets", {"a", "bb"}), original);
  EXPECT_NE(fingerprint("more", {"aa", "b", ""}), original);
  EXPECT_NE(fingerprint("other_name", {"aa", "b"}, "train-1"), original);
}

}  // namespace
}  // namespace train_backbone::data
