#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "damaged_shards.h"
#include "memory_growth.h"
#include "shard_outcome.h"
#include "tests/support/scratch.h"
#include "train_backbone/core/format.h"

// Shards damaged in thousands of ways: every record is read as it was written or named with shard
// and offset, at no more memory, and the same way each time.
namespace train_backbone::data {
namespace {

using test::scratch_folder;
using test::spill;

constexpr int64_t kMaxGrowth = int64_t{64} << 20;

class DamagedShards : public testing::Test {
 protected:
  // The frame that the first damaged byte lies in; the number of frames when none is cut or
  // damaged.
  [[nodiscard]] size_t first_bad_frame(const std::string& damaged) const {
    const auto first = std::ranges::mismatch(damaged, whole_.bytes).in2 - whole_.bytes.begin();
    const auto at = static_cast<uint64_t>(first);
    size_t frame = 0;
    while (whole_.borders[frame + 1] <= at) ++frame;
    return frame;
  }
  [[nodiscard]] std::string place(uint64_t offset) const {
    return core::format("{} at byte {}: ", shard_.string(), offset);
  }
  [[nodiscard]] static ShardOutcome first(const ShardOutcome& outcome, size_t records) {
    return {{outcome.records.begin(), outcome.records.begin() + static_cast<ptrdiff_t>(records)},
            {}};
  }
  // Cut exactly between two records: nobody can tell.
  [[nodiscard]] bool ends_between_records(const std::string& damaged) const {
    return std::ranges::find(whole_.borders, damaged.size()) != whole_.borders.end() &&
           whole_.bytes.starts_with(damaged);
  }

  WholeShard whole_ = make_whole_shard();
  std::filesystem::path folder_ = scratch_folder();
  std::filesystem::path shard_ = folder_ / "train-00000-of-00001";
};

TEST_F(DamagedShards, ReadInOrderEndAtTheDamageAndNameIt) {
  spill(shard_, whole_.bytes);
  const ShardOutcome good = read_in_order(shard_);
  ASSERT_EQ(good.records.size(), 3U);
  ASSERT_TRUE(good.errors.empty());
  const MemoryGrowth growth;
  for (size_t number = 0; number < kDamagedShards; number += kShardStep) {
    const std::string damaged = damaged_shard(whole_, number);
    spill(shard_, damaged);
    ShardOutcome expected = first(good, first_bad_frame(damaged));
    ShardOutcome outcome = read_in_order(shard_);
    ASSERT_EQ(read_in_order(shard_), outcome) << "shard " << number;
    if (!ends_between_records(damaged)) {
      ASSERT_EQ(outcome.errors.size(), 1U) << "shard " << number;
      ASSERT_THAT(outcome.errors[0],
                  testing::StartsWith(place(whole_.borders[expected.records.size()])))
          << "shard " << number;
      outcome.errors.clear();
    }
    ASSERT_EQ(outcome, expected) << "shard " << number;
  }
  EXPECT_LT(growth.peak_bytes(), kMaxGrowth);
}

TEST_F(DamagedShards, ReadByIndexGiveWholeRecordsAndNameTheOthers) {
  spill(shard_, whole_.bytes);
  const ShardOutcome good = read_by_index(shard_);
  ASSERT_EQ(good.records.size(), 3U);
  ASSERT_TRUE(good.errors.empty());
  const MemoryGrowth growth;
  for (size_t number = 0; number < kDamagedShards; number += kShardStep) {
    SCOPED_TRACE(testing::Message() << "shard " << number);
    const std::string damaged = damaged_shard(whole_, number);
    spill(shard_, damaged);
    const ShardOutcome outcome = read_by_index(shard_);
    ASSERT_EQ(read_by_index(shard_), outcome);
    for (const std::string& record : outcome.records) {
      ASSERT_THAT(good.records, testing::Contains(record));
    }
    if (ends_between_records(damaged) && !damaged.empty()) {
      ASSERT_TRUE(outcome.errors.empty());
      continue;
    }
    ASSERT_FALSE(outcome.errors.empty());
    for (const std::string& error : outcome.errors) {
      ASSERT_THAT(error, testing::StartsWith(damaged.empty()
                                                 ? folder_.string() + ": its shards hold no records"
                                                 : shard_.string() + " at byte "));
    }
  }
  EXPECT_LT(growth.peak_bytes(), kMaxGrowth);
}

}  // namespace
}  // namespace train_backbone::data
