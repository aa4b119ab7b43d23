#include "train_backbone/data/record/record_writer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/mman.h>

#include "record_files.h"
#include "tests/support/scratch.h"
#include "train_backbone/core/errors.h"
#include "train_backbone/data/record/example_writer.h"
#include "train_backbone/data/record/record_reader.h"

namespace train_backbone::data {
namespace {

// Zeros that take no memory as long as nobody reads them.
class UntouchedBytes {
 public:
  explicit UntouchedBytes(size_t size)
      : bytes_(
            ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0)),
        size_(size) {}
  UntouchedBytes(const UntouchedBytes&) = delete;
  UntouchedBytes& operator=(const UntouchedBytes&) = delete;
  ~UntouchedBytes() { ::munmap(bytes_, size_); }
  [[nodiscard]] std::span<const uint8_t> view() const {
    return {static_cast<const uint8_t*>(bytes_), size_};
  }

 private:
  void* bytes_;
  size_t size_;
};

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

// What no reader would take is not written. The record is never looked at, so its memory costs
// nothing.
TEST(RecordWriter, RecordAboveTheLimitIsRefused) {
  const UntouchedBytes bytes(kMaxRecordBytes + 1);
  const auto path = test::scratch_folder() / "shard";
  RecordWriter writer(path);
  EXPECT_THAT(test::message_of<core::DataError>([&] { writer.write(bytes.view()); }),
              testing::AllOf(testing::HasSubstr(path.string()),
                             testing::HasSubstr("1073741825 bytes, more than 1073741824")));
  EXPECT_EQ(writer.bytes(), 0U);
}

TEST(RecordWriter, ExampleAboveTheLimitIsRefused) {
  const UntouchedBytes bytes(kMaxRecordBytes + 1);
  ExampleFields fields;
  fields.filename = "large.JPEG";
  fields.encoded = {reinterpret_cast<const char*>(bytes.view().data()), bytes.view().size()};
  std::string example;
  EXPECT_THAT(test::message_of<core::DataError>([&] { write_example(fields, example); }),
              testing::HasSubstr("large.JPEG"));
}

}  // namespace
}  // namespace train_backbone::data
