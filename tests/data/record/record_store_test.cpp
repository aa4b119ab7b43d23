#include "train_backbone/data/record/record_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <algorithm>
#include <atomic>
#include <thread>

#include "record_files.h"
#include "tests/support/scratch.h"
#include "train_backbone/core/errors.h"

namespace train_backbone::data {
namespace {

using test::message_of;
using test::scratch_folder;
using testing::HasSubstr;

std::string content(size_t record) { return std::string(record * 37 % 5000, 'a') + "end"; }

std::filesystem::path many_records(size_t shards, size_t per_shard) {
  auto folder = scratch_folder();
  for (size_t shard = 0; shard < shards; ++shard) {
    std::vector<std::string> records;
    for (size_t i = 0; i < per_shard; ++i) records.push_back(content(shard * per_shard + i));
    write_shard(folder / ("train-" + std::to_string(10000 + shard)), records);
  }
  return folder;
}

TEST(RecordStore, ReadsAnyRecordInAnyOrder) {
  const RecordStore store(ShardIndex::open(many_records(3, 20), "train"));
  ASSERT_EQ(store.size(), 60U);
  std::vector<uint8_t> buffer;
  for (uint64_t i = 0; i < store.size(); ++i) {
    const uint64_t record = i * 37 % store.size();
    EXPECT_EQ(as_string(store.read(record, buffer)), content(record));
  }
}

TEST(RecordStore, ZerosFollowTheRecordAlsoInAUsedBuffer) {
  const RecordStore store(ShardIndex::open(many_records(1, 100), "train"));
  std::vector<uint8_t> buffer(20'000, 0xEE);
  for (uint64_t record = store.size(); record-- > 0;) {
    const std::span<const uint8_t> bytes = store.read(record, buffer);
    const auto after = static_cast<size_t>(bytes.data() - buffer.data()) + bytes.size();
    ASSERT_GE(buffer.size() - after, RecordStore::kSlackBytes);
    EXPECT_TRUE(std::all_of(buffer.begin() + static_cast<ptrdiff_t>(after), buffer.end(),
                            [](uint8_t byte) { return byte == 0; }));
  }
}

TEST(RecordStore, SaysWhereARecordLies) {
  const auto folder = many_records(2, 2);
  const RecordStore store(ShardIndex::open(folder, "train"));
  EXPECT_EQ(store.shard_of(3), folder / "train-10001");
  EXPECT_EQ(store.offset_of(2), 0U);
  EXPECT_EQ(store.offset_of(3), 16 + content(2).size());
}

TEST(RecordStore, CorruptByteIsNamedWithShardAndOffset) {
  const auto folder = many_records(2, 2);
  const ShardIndex index = ShardIndex::open(folder, "train");
  const RecordLocation last = index.locate(3);
  const std::string place =
      (folder / "train-10001").string() + " at byte " + std::to_string(last.frame_offset) + ": ";
  std::vector<uint8_t> buffer;
  for (uint64_t byte = 0; byte < last.length + 16; ++byte) {
    flip_byte(folder / "train-10001", last.frame_offset + byte);
    const RecordStore store(index);
    EXPECT_THAT(message_of<core::DataError>([&] { store.read(3, buffer); }),
                HasSubstr(place + "corrupt"));
    EXPECT_EQ(as_string(store.read(2, buffer)), content(2));
    flip_byte(folder / "train-10001", last.frame_offset + byte);
  }
}

TEST(RecordStore, ShardThatBecameShorterIsTruncated) {
  const auto folder = many_records(1, 3);
  const RecordStore store(ShardIndex::open(folder, "train"));
  std::filesystem::resize_file(folder / "train-10000", store.offset_of(2) + 5);
  std::vector<uint8_t> buffer;
  EXPECT_EQ(as_string(store.read(1, buffer)), content(1));
  EXPECT_THAT(message_of<core::DataError>([&] { store.read(2, buffer); }),
              HasSubstr("truncated: "));
}

TEST(RecordStore, AskingForRecordsChangesNothing) {
  const RecordStore store(ShardIndex::open(many_records(3, 4), "train"));
  store.will_need({.first = 2, .count = 8});  // the end of one shard, a whole one, some of a third
  store.will_need({.first = 11, .count = 1});
  std::vector<uint8_t> buffer;
  for (uint64_t record = 0; record < store.size(); ++record) {
    EXPECT_EQ(as_string(store.read(record, buffer)), content(record));
  }
}

TEST(RecordStore, ShardThatWentIsNamed) {
  const auto folder = many_records(1, 1);
  const ShardIndex index = ShardIndex::open(folder, "train");
  std::filesystem::remove(folder / "train-10000");
  EXPECT_THAT(message_of<core::DataError>([&] { RecordStore store(index); }),
              HasSubstr((folder / "train-10000").string()));
}

TEST(RecordStore, ThreadsMayReadAtTheSameTime) {
  const RecordStore store(ShardIndex::open(many_records(4, 50), "train"));
  std::atomic<uint64_t> wrong{0};
  std::vector<std::thread> threads;
  for (uint64_t thread = 0; thread < 4; ++thread) {
    threads.emplace_back([&store, &wrong, thread] {
      std::vector<uint8_t> buffer;
      for (uint64_t i = 0; i < 2000; ++i) {
        const uint64_t record = (i * (thread + 3) + thread) % store.size();
        if (as_string(store.read(record, buffer)) != content(record)) ++wrong;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0U);
}

// 1024 open files is the usual limit, and the original makes 1024 shards.
TEST(RecordStore, MoreShardsThanTheUsualLimitOnOpenFiles) {
  rlimit before{};
  ::getrlimit(RLIMIT_NOFILE, &before);
  ASSERT_GE(before.rlim_max, 400U) << "needs a higher hard limit on open files (ulimit -Hn)";
  const rlimit low = {.rlim_cur = 64, .rlim_max = before.rlim_max};
  ::setrlimit(RLIMIT_NOFILE, &low);
  const RecordStore store(ShardIndex::open(many_records(100, 1), "train"));
  std::vector<uint8_t> buffer;
  EXPECT_EQ(as_string(store.read(99, buffer)), content(99));
  ::setrlimit(RLIMIT_NOFILE, &before);
}

}  // namespace
}  // namespace train_backbone::data
