#include "train_backbone/data/record/record_writer.h"

#include <gtest/gtest.h>

#include "record_files.h"
#include "tests/support/scratch.h"
#include "train_backbone/data/record/record_reader.h"

namespace train_backbone::data {
namespace {

TEST(RecordWriter, WritesFramesThatReadBack) {
  const auto path = test::scratch_folder() / "train-00000-of-00001";
  const std::vector<std::string> records = {"", "a", std::string(3 << 20, 'x'), "\0\0"};
  RecordWriter writer(path);
  std::string expected;
  for (const std::string& record : records) {
    writer.write(as_bytes(record));
    expected += framed(record);
    EXPECT_EQ(writer.bytes(), expected.size());
  }
  EXPECT_FALSE(std::filesystem::exists(path));
  writer.commit();
  EXPECT_TRUE(test::slurp(path) == expected);
  RecordReader reader(path);
  std::vector<uint8_t> bytes;
  for (const std::string& record : records) {
    ASSERT_EQ(reader.next(bytes), ReadResult::kRecord);
    EXPECT_TRUE(as_string(bytes) == record);
  }
  EXPECT_EQ(reader.next(bytes), ReadResult::kEnd);
}

TEST(RecordWriter, WithoutCommitNoShardAppears) {
  const auto folder = test::scratch_folder();
  RecordWriter(folder / "train-00000-of-00001").write(as_bytes("record"));
  EXPECT_TRUE(std::filesystem::is_empty(folder));
}

}  // namespace
}  // namespace train_backbone::data
