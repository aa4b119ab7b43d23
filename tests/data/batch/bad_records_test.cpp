#include "train_backbone/data/batch/bad_records.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "train_backbone/core/errors.h"
#include "train_backbone/core/files.h"
#include "train_backbone/core/format.h"

namespace train_backbone::data {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::ThrowsMessage;

constexpr const char* kHeader = "step,split,shard,offset,reason\n";

DamagedRecord damage(const std::string& shard, uint64_t offset, const std::string& reason = "bad") {
  return {.record = offset / 10, .shard = "/data/" + shard, .offset = offset, .reason = reason};
}

class BadRecordsTest : public testing::Test {
 protected:
  void SetUp() override { std::filesystem::remove(path_); }
  void TearDown() override { std::filesystem::remove(path_); }

  [[nodiscard]] std::string text() const { return core::read_file(path_); }

  std::filesystem::path path_ =
      std::filesystem::path(testing::TempDir()) / core::format("bad_records_{}.csv", ::getpid());
};

TEST(BadRecordBudget, IsOneInAThousandButAtLeastOneUnlessGiven) {
  EXPECT_EQ(bad_record_budget(std::nullopt, 1'281'167), 1281U);
  EXPECT_EQ(bad_record_budget(std::nullopt, 1999), 1U);
  EXPECT_EQ(bad_record_budget(std::nullopt, 10), 1U);
  EXPECT_EQ(bad_record_budget(0, 1'281'167), 0U);
  EXPECT_EQ(bad_record_budget(7, 10), 7U);
}

TEST_F(BadRecordsTest, EachIsNamedOnceWithItsPlaceAndReason) {
  BadRecords list;
  list.keep_in(path_);
  testing::internal::CaptureStderr();
  list.add("train", 3, {damage("train-0", 70, "no \"JPEG\", or cut"), damage("train-1", 70)});
  list.add("train", 9, {damage("train-0", 70, "another reason"), damage("train-0", 90)});
  list.add("validation", 9, {damage("validation-0", 70)});
  const std::string log = testing::internal::GetCapturedStderr();
  EXPECT_EQ(text(), std::string(kHeader) +
                        "3,train,train-0,70,\"no \"\"JPEG\"\", or cut\"\n"
                        "3,train,train-1,70,bad\n"
                        "9,train,train-0,90,bad\n"
                        "9,validation,validation-0,70,bad\n");
  EXPECT_EQ(list.count("train"), 3U);
  EXPECT_EQ(list.count("validation"), 1U);
  EXPECT_EQ(list.count(), 4U);
  EXPECT_THAT(log, HasSubstr("/data/train-0 at byte 70: no \"JPEG\", or cut"));
  EXPECT_EQ(log.find("another reason"), std::string::npos);
}

TEST_F(BadRecordsTest, ARunWithoutDamageLeavesNoFile) {
  BadRecords list;
  list.keep_in(path_);
  list.add("train", 1, {});
  EXPECT_FALSE(std::filesystem::exists(path_));
}

TEST_F(BadRecordsTest, TheBudgetIsOfDifferentRecordsOfOneSplit) {
  BadRecords list;
  list.set_budget("train", 2);
  list.set_budget("validation", 0);
  list.add("train", 1, {damage("train-0", 10), damage("train-0", 20), damage("train-0", 10)});
  EXPECT_THAT(
      [&] {
        list.add("train", 2, {damage("train-0", 20), damage("train-0", 30)});
      },
      ThrowsMessage<core::DataError>(
          AllOf(HasSubstr("/data/train-0 at byte 30: bad"),
                HasSubstr("of train are 3, more than --max_bad_records 2"))));
  EXPECT_THAT([&] { list.add("validation", 2, {damage("validation-0", 10)}); },
              ThrowsMessage<core::DataError>(HasSubstr("--max_bad_records 0")));
}

TEST_F(BadRecordsTest, TheBudgetHoldsForWhatAResumedRunHasMetAlready) {
  {
    BadRecords list;
    list.keep_in(path_);
    list.add("train", 3, {damage("train-0", 10), damage("train-0", 20)});
  }
  BadRecords list;
  list.set_budget("train", 1);
  EXPECT_THAT([&] { list.go_on_from(path_, 5); },
              ThrowsMessage<core::DataError>(
                  HasSubstr("2 damaged records of train already, more than --max_bad_records 1")));
}

TEST_F(BadRecordsTest, LinesAsASpreadsheetSavesThemAreRead) {
  core::write_file_atomic(path_, "step,split,shard,offset,reason\r\n3,train,t-0,70,bad\r\n\r\n");
  BadRecords list;
  list.go_on_from(path_, 3);
  EXPECT_EQ(list.count("train"), 1U);
}

// As if the run had never been stopped: what came after the checkpoint is found again.
TEST_F(BadRecordsTest, AResumedRunGoesOnWithTheLinesUpToItsCheckpoint) {
  {
    BadRecords list;
    list.keep_in(path_);
    list.add("train", 3, {damage("train-0", 10, "line\nbreak, \"quote\"")});
    list.add("validation", 4, {damage("validation-0", 50)});
    list.add("train", 5, {damage("train-0", 20)});
  }
  BadRecords list;
  list.set_budget("train", 2);
  list.go_on_from(path_, 4);
  list.keep_in(path_);
  const std::string kept = std::string(kHeader) +
                           "3,train,train-0,10,\"line break, \"\"quote\"\"\"\n"
                           "4,validation,validation-0,50,bad\n";
  EXPECT_EQ(text(), kept);
  EXPECT_EQ(list.count(), 2U);
  list.add("train", 5, {damage("train-0", 10), damage("train-0", 20)});
  EXPECT_EQ(text(), kept + "5,train,train-0,20,bad\n");
  EXPECT_THROW(list.add("train", 6, {damage("train-0", 30)}), core::DataError);
}

// A run that branches off into another folder has met what its parent met.
TEST_F(BadRecordsTest, TheListOfAnotherFolderIsTakenOver) {
  core::write_file_atomic(path_, std::string(kHeader) + "3,train,train-0,10,bad\n");
  const std::filesystem::path other = path_.string() + ".other";
  BadRecords list;
  list.go_on_from(path_, 3);
  list.add("train", 4, {damage("train-0", 10), damage("train-0", 20)});
  list.keep_in(other);
  EXPECT_EQ(core::read_file(other),
            std::string(kHeader) + "3,train,train-0,10,bad\n4,train,train-0,20,bad\n");
  std::filesystem::remove(other);
}

TEST_F(BadRecordsTest, ANewRunDropsTheListOfAnother) {
  core::write_file_atomic(path_, std::string(kHeader) + "3,train,train-0,10,bad\n");
  BadRecords list;
  list.keep_in(path_);
  EXPECT_EQ(list.count(), 0U);
  EXPECT_EQ(text(), kHeader);
}

TEST_F(BadRecordsTest, AnotherFileIsRefused) {
  for (const std::string lines : {"a,b\n", "step,split,shard,offset,reason\n3,train,x\n",
                                  "step,split,shard,offset,reason\nx,train,s,10,bad\n",
                                  "step,split,shard,offset,reason\n3,train,s,10,\"bad\n"}) {
    core::write_file_atomic(path_, lines);
    BadRecords list;
    EXPECT_THAT([&] { list.go_on_from(path_, 10); },
                ThrowsMessage<core::DataError>(HasSubstr(path_.string())))
        << lines;
  }
}

}  // namespace
}  // namespace train_backbone::data
