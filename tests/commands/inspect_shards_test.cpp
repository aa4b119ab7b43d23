#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "commands/inspect_shards.h"
#include "commands/shard_report.h"
#include "train_backbone/core/errors.h"
#include "train_backbone/core/files.h"
#include "train_backbone/data/record/example_writer.h"
#include "train_backbone/data/record/record_writer.h"

namespace train_backbone::commands {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

constexpr uint64_t kFrameHeader = 12;

std::span<const uint8_t> bytes_of(const std::string& text) {
  return {reinterpret_cast<const uint8_t*>(text.data()), text.size()};
}

class InspectTest : public testing::Test {
 protected:
  void SetUp() override {
    const std::string test = testing::UnitTest::GetInstance()->current_test_info()->name();
    folder_ = fs::path(testing::TempDir()) / ("inspect_" + test);
    fs::remove_all(folder_);
    fs::create_directories(folder_);
  }
  void TearDown() override { fs::remove_all(folder_); }

  // A shard of records that all have one length; returns that length without the frame.
  uint64_t write_shard(const std::string& name, const std::vector<int64_t>& labels) const {
    data::RecordWriter writer(folder_ / name);
    std::string record;
    for (const int64_t label : labels) {
      data::ExampleFields fields;
      fields.label = label;
      fields.filename = "x.JPEG";
      fields.encoded = "no picture";
      data::write_example(fields, record);
      writer.write(bytes_of(record));
    }
    writer.commit();
    return record.size();
  }

  void flip_byte(const std::string& name, uint64_t offset) const {
    std::string bytes = core::read_file(folder_ / name);
    bytes.at(offset) = static_cast<char>(bytes.at(offset) ^ 1);
    std::ofstream(folder_ / name, std::ios::binary) << bytes;
  }

  ShardReport examine(const std::string& name, size_t sample_size = 2) const {
    ShardReport report;
    examine_shard(folder_ / name, sample_size, report);
    return report;
  }

  fs::path folder_;
};

TEST_F(InspectTest, CountsTheRecordsAndDescribesTheFirst) {
  write_shard("train-00000-of-00001", {7, 3, 9});
  const ShardReport report = examine("train-00000-of-00001");
  EXPECT_EQ(report.records, 3U);
  EXPECT_EQ(report.bytes, fs::file_size(folder_ / "train-00000-of-00001"));
  EXPECT_EQ(report.lowest_label, 3);
  EXPECT_EQ(report.highest_label, 9);
  EXPECT_EQ(report.unlabelled, 0U);
  EXPECT_TRUE(report.damage.empty());
  ASSERT_EQ(report.sample.size(), 2U);
  EXPECT_EQ(report.sample[1].label, 3);
  EXPECT_EQ(report.sample[1].filename, "x.JPEG");
  EXPECT_EQ(report.sample[1].bytes, 10U);
}

TEST_F(InspectTest, StepsOverARecordWithAWrongChecksum) {
  const uint64_t length = write_shard("train-0", {1, 2, 3});
  const uint64_t second = length + 16;
  flip_byte("train-0", second + kFrameHeader);
  const ShardReport report = examine("train-0");
  EXPECT_EQ(report.records, 2U);
  ASSERT_EQ(report.damage.size(), 1U);
  EXPECT_THAT(report.damage[0], HasSubstr("train-0 at byte " + std::to_string(second)));
  EXPECT_EQ(report.highest_label, 3);
}

TEST_F(InspectTest, StopsAtADamagedLength) {
  const uint64_t length = write_shard("train-0", {1, 2, 3});
  flip_byte("train-0", length + 16);
  const ShardReport report = examine("train-0");
  EXPECT_EQ(report.records, 1U);
  EXPECT_EQ(report.damage.size(), 1U);
}

TEST_F(InspectTest, NoticesATruncatedShard) {
  write_shard("train-0", {1, 2});
  fs::resize_file(folder_ / "train-0", fs::file_size(folder_ / "train-0") - 1);
  const ShardReport report = examine("train-0");
  EXPECT_EQ(report.records, 1U);
  ASSERT_EQ(report.damage.size(), 1U);
  EXPECT_THAT(report.damage[0], HasSubstr("truncated"));
}

TEST_F(InspectTest, CountsRecordsThatAreNoExamples) {
  data::RecordWriter writer(folder_ / "a.tfrecord");
  writer.write(bytes_of("something else"));
  writer.commit();
  const ShardReport report = examine("a.tfrecord");
  EXPECT_EQ(report.records, 1U);
  EXPECT_EQ(report.unlabelled, 1U);
  EXPECT_EQ(report.lowest_label, std::nullopt);
}

TEST_F(InspectTest, FindsTheShardsOfAFolder) {
  for (const std::string name : {"validation-0", "train-1", "train-0", ".train-2", "a.tfrecord"}) {
    write_shard(name, {1});
  }
  EXPECT_EQ(find_shards(folder_), (std::vector<fs::path>{folder_ / "train-0", folder_ / "train-1",
                                                         folder_ / "validation-0"}));
  for (const std::string name : {"validation-0", "train-1", "train-0"}) {
    fs::remove(folder_ / name);
  }
  EXPECT_EQ(find_shards(folder_), std::vector<fs::path>{folder_ / "a.tfrecord"});
  fs::remove(folder_ / "a.tfrecord");
  EXPECT_THROW(find_shards(folder_), core::DataError);
  EXPECT_THROW(examine("missing"), core::DataError);
}

struct Answer {
  int exit_code = 0;
  nlohmann::json last_line;
  std::string diagnostics;
};

Answer inspect(const fs::path& path) {
  Answer answer;
  testing::internal::CaptureStdout();
  testing::internal::CaptureStderr();
  answer.exit_code = inspect_shards(path, 5);
  std::string output = testing::internal::GetCapturedStdout();
  answer.diagnostics = testing::internal::GetCapturedStderr();
  output.pop_back();
  answer.last_line = nlohmann::json::parse(output.substr(output.rfind('\n') + 1));
  return answer;
}

TEST_F(InspectTest, AnswersWithOneJsonLine) {
  write_shard("train-0", {1, 2});
  write_shard("train-1", {3});
  const Answer answer = inspect(folder_);
  EXPECT_EQ(answer.exit_code, 0);
  EXPECT_EQ(answer.last_line["shards"], 2);
  EXPECT_EQ(answer.last_line["records"], 3);
  EXPECT_EQ(answer.last_line["highest_label"], 3);
  EXPECT_EQ(answer.last_line["whole"], true);
}

TEST_F(InspectTest, SetWithAMissingShardIsNotWhole) {
  write_shard("train-00000-of-00003", {1, 2});
  write_shard("train-00002-of-00003", {3});
  const Answer answer = inspect(folder_);
  EXPECT_EQ(answer.exit_code, 3);
  EXPECT_EQ(answer.last_line["records"], 3);
  EXPECT_EQ(answer.last_line["whole"], false);
  EXPECT_THAT(answer.diagnostics, HasSubstr("train-00001-of-00003 is missing"));
}

TEST_F(InspectTest, SeesTheShardsOfAnySplit) {
  write_shard("test-00000-of-00001", {4});
  const Answer answer = inspect(folder_);
  EXPECT_EQ(answer.exit_code, 0);
  EXPECT_EQ(answer.last_line["records"], 1);
}

TEST_F(InspectTest, AnswersDamageWithTheExitCodeOfBadData) {
  write_shard("train-0", {1, 2});
  write_shard("train-1", {3});
  flip_byte("train-0", 0);
  const Answer answer = inspect(folder_);
  EXPECT_EQ(answer.exit_code, 3);
  EXPECT_EQ(answer.last_line["records"], 1);
  EXPECT_EQ(answer.last_line["damaged"], 1);
  EXPECT_EQ(answer.last_line["whole"], false);
  EXPECT_THAT(answer.diagnostics, HasSubstr("train-0 at byte 0"));
}

}  // namespace
}  // namespace train_backbone::commands
