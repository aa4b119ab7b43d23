#include <gtest/gtest.h>

#include <fstream>

#include "record_files.h"
#include "tests/support/scratch.h"
#include "train_backbone/core/crc32c.h"
#include "train_backbone/data/record/example.h"
#include "train_backbone/data/record/record_reader.h"
#include "train_backbone/data/record/record_store.h"

// A shard that TensorFlow wrote (tests/golden/make_tf_shard.py), read by us.
namespace train_backbone::data {
namespace {

struct Expected {
  int64_t label = 0;
  std::string filename;
  size_t bytes = 0;
  uint32_t crc = 0;
};

std::vector<Expected> expected_records() {
  std::ifstream lines(TB_GOLDEN_DIR "/tf_shard.txt");
  std::vector<Expected> records;
  Expected record;
  while (lines >> std::dec >> record.label >> record.filename >> record.bytes >> std::hex >>
         record.crc) {
    records.push_back(record);
  }
  return records;
}

void expect_record(std::span<const uint8_t> bytes, const Expected& expected) {
  const auto view = parse_example(bytes);
  ASSERT_TRUE(view.has_value());
  EXPECT_EQ(view->label, expected.label);
  EXPECT_EQ(view->filename, expected.filename);
  EXPECT_EQ(view->encoded.size(), expected.bytes);
  EXPECT_EQ(core::crc32c(view->encoded), expected.crc);
}

TEST(TensorFlowShard, IsReadFromFrontToBack) {
  const auto expected = expected_records();
  ASSERT_EQ(expected.size(), 6U);
  RecordReader reader(TB_GOLDEN_DIR "/tf_shard.tfrecord");
  std::vector<uint8_t> record;
  for (const Expected& one : expected) {
    ASSERT_EQ(reader.next(record), ReadResult::kRecord);
    expect_record(record, one);
  }
  EXPECT_EQ(reader.next(record), ReadResult::kEnd);
}

TEST(TensorFlowShard, IsIndexedAndReadInAnyOrder) {
  const auto folder = test::scratch_folder();
  std::filesystem::copy_file(TB_GOLDEN_DIR "/tf_shard.tfrecord", folder / "tf_shard.tfrecord");
  const RecordStore store(ShardIndex::open(folder, "train"));
  const auto expected = expected_records();
  ASSERT_EQ(store.size(), expected.size());
  std::vector<uint8_t> buffer;
  for (uint64_t record = store.size(); record-- > 0;) {
    expect_record(store.read(record, buffer), expected[record]);
  }
}

}  // namespace
}  // namespace train_backbone::data
