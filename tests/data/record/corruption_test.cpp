#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "record_files.h"
#include "tests/support/scratch.h"
#include "train_backbone/core/errors.h"
#include "train_backbone/core/format.h"
#include "train_backbone/core/record_frame.h"
#include "train_backbone/data/record/record_reader.h"

// What RecordReader says about every way a shard can be damaged.
namespace train_backbone::data {
namespace {

using test::message_of;
using test::scratch_folder;
using test::slurp;
using test::spill;
using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;

const std::vector<std::string> kRecords = {"first record", "", "the third and last"};

// Where the frames begin, and the file's end.
std::vector<uint64_t> borders() {
  std::vector<uint64_t> offsets = {0};
  for (const std::string& record : kRecords) {
    offsets.push_back(offsets.back() + framed(record).size());
  }
  return offsets;
}

std::filesystem::path three_records() {
  auto path = scratch_folder() / "train-00000-of-00001";
  write_shard(path, kRecords);
  return path;
}

std::string at(const std::filesystem::path& path, uint64_t offset, std::string_view what) {
  return core::format("{} at byte {}: {}", path.string(), offset, what);
}

// Reads the records before frame `frame`, then expects the same error twice: the position stays.
void expect_error_at(const std::filesystem::path& path, size_t frame, std::string_view what) {
  RecordReader reader(path);
  std::vector<uint8_t> record;
  for (size_t i = 0; i < frame; ++i) {
    ASSERT_EQ(reader.next(record), ReadResult::kRecord);
    ASSERT_EQ(as_string(record), kRecords[i]);
  }
  const uint64_t offset = borders()[frame];
  for (int attempt = 0; attempt < 2; ++attempt) {
    EXPECT_THAT(message_of<core::DataError>([&] { reader.next(record); }),
                StartsWith(at(path, offset, what)));
    EXPECT_EQ(reader.offset(), offset);
  }
}

TEST(RecordReader, GivesWholeRecordsThenEndForEver) {
  RecordReader reader(three_records());
  std::vector<uint8_t> record = {1, 2, 3};
  for (size_t i = 0; i < kRecords.size(); ++i) {
    EXPECT_EQ(reader.offset(), borders()[i]);
    ASSERT_EQ(reader.next(record), ReadResult::kRecord);
    EXPECT_EQ(as_string(record), kRecords[i]);
  }
  EXPECT_EQ(reader.next(record), ReadResult::kEnd);
  EXPECT_EQ(reader.next(record), ReadResult::kEnd);
  EXPECT_EQ(reader.offset(), borders().back());
}

TEST(RecordReader, EmptyFileIsTheEnd) {
  const auto path = scratch_folder() / "empty";
  spill(path, "");
  std::vector<uint8_t> record;
  EXPECT_EQ(RecordReader(path).next(record), ReadResult::kEnd);
}

TEST(RecordReader, EveryFlippedByteOfEveryFieldIsCorruptAtItsFrame) {
  const auto path = three_records();
  const std::string whole = slurp(path);
  size_t frame = 0;
  for (size_t byte = 0; byte < whole.size(); ++byte) {
    if (byte == borders()[frame + 1]) ++frame;
    flip_byte(path, byte);
    const bool in_header = byte - borders()[frame] < 12;
    SCOPED_TRACE(byte);
    expect_error_at(path, frame,
                    in_header ? "corrupt: the checksum of a record's length"
                              : "corrupt: the checksum of a record's bytes");
    spill(path, whole);
  }
  EXPECT_EQ(frame, kRecords.size() - 1);
}

TEST(RecordReader, EverySingleBitIsSeen) {
  const auto path = three_records();
  const std::string whole = slurp(path);
  std::vector<uint8_t> record;
  for (size_t bit = 0; bit < 8 * whole.size(); ++bit) {
    flip_byte(path, bit / 8, static_cast<uint8_t>(1U << (bit % 8)));
    const auto read_all = [&] {
      RecordReader reader(path);
      while (reader.next(record) == ReadResult::kRecord) {
      }
    };
    EXPECT_THROW(read_all(), core::DataError) << "bit " << bit;
    spill(path, whole);
  }
}

TEST(RecordReader, EveryTruncationEndsOnlyBetweenRecords) {
  const auto path = three_records();
  const std::string whole = slurp(path);
  for (size_t length = 0; length <= whole.size(); ++length) {
    spill(path, whole.substr(0, length));
    SCOPED_TRACE(length);
    size_t frame = 0;
    while (frame < kRecords.size() && borders()[frame + 1] <= length) ++frame;
    if (length != borders()[frame]) {
      expect_error_at(path, frame, "truncated: ");
      continue;
    }
    RecordReader reader(path);
    std::vector<uint8_t> record;
    for (size_t i = 0; i < frame; ++i) ASSERT_EQ(reader.next(record), ReadResult::kRecord);
    EXPECT_EQ(reader.next(record), ReadResult::kEnd);
  }
}

TEST(RecordReader, SkipAgreesWithNextOnWholeAndOnTruncatedFiles) {
  const auto path = three_records();
  const std::string whole = slurp(path);
  for (size_t length = 0; length <= whole.size(); ++length) {
    spill(path, whole.substr(0, length));
    SCOPED_TRACE(length);
    RecordReader reading(path);
    RecordReader skipping(path);
    std::vector<uint8_t> record;
    uint64_t skipped = 0;
    const auto answer = [&](auto step) -> std::string {
      try {
        return step() == ReadResult::kRecord ? "record" : "end";
      } catch (const core::DataError& error) {
        return error.what();
      }
    };
    for (std::string last = "record"; last == "record";) {
      last = answer([&] { return reading.next(record); });
      EXPECT_EQ(answer([&] { return skipping.skip(skipped); }), last);
      EXPECT_EQ(skipping.offset(), reading.offset());
      if (last == "record") {
        EXPECT_EQ(skipped, record.size());
      }
    }
  }
}

TEST(RecordReader, SkipChecksTheLengthButNotTheBytes) {
  const auto path = three_records();
  flip_byte(path, 12);  // the first byte of the first record
  flip_byte(path, borders()[1]);
  RecordReader reader(path);
  uint64_t length = 0;
  EXPECT_EQ(reader.skip(length), ReadResult::kRecord);
  EXPECT_EQ(length, kRecords[0].size());
  EXPECT_THAT(message_of<core::DataError>([&] { reader.skip(length); }),
              StartsWith(at(path, borders()[1], "corrupt: ")));
}

TEST(RecordReader, HugeLengthWithGoodChecksumIsRefusedBeforeAllocation) {
  const auto path = scratch_folder() / "huge";
  for (const uint64_t length : {kMaxRecordBytes + 1, ~uint64_t{0}, ~uint64_t{0} - 15}) {
    spill(path, as_string(core::frame_header(length)) + "few bytes");
    RecordReader reader(path);
    std::vector<uint8_t> record;
    EXPECT_THAT(message_of<core::DataError>([&] { reader.next(record); }),
                AllOf(StartsWith(at(path, 0, "corrupt: ")), HasSubstr(std::to_string(length))));
    EXPECT_EQ(record.capacity(), 0U);
  }
  spill(path, as_string(core::frame_header(kMaxRecordBytes)) + "few bytes");
  std::vector<uint8_t> record;
  EXPECT_THAT(message_of<core::DataError>([&] { RecordReader(path).next(record); }),
              StartsWith(at(path, 0, "truncated: ")));
  EXPECT_EQ(record.capacity(), 0U);
}

TEST(RecordReader, MissingFileAndFolderAreNamed) {
  const auto folder = scratch_folder();
  EXPECT_THAT(message_of<core::DataError>([&] { RecordReader reader(folder / "none"); }),
              HasSubstr((folder / "none").string()));
  EXPECT_THAT(message_of<core::DataError>([&] { RecordReader reader(folder); }),
              AllOf(HasSubstr(folder.string()), HasSubstr("is a folder")));
}

}  // namespace
}  // namespace train_backbone::data
