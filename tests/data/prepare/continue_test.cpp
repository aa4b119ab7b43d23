#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sys/file.h>

#include <fcntl.h>
#include <unistd.h>

#include <map>
#include <string>

#include "prepare_fixture.h"
#include "test_pictures.h"
#include "train_backbone/core/errors.h"

namespace train_backbone::data {
namespace {

using testing::HasSubstr;
using testing::Not;

class ContinueTest : public PrepareTest {
 protected:
  void SetUp() override {
    PrepareTest::SetUp();
    make_class_folders(input_);
    options_.shards = 4;
  }
};

TEST_F(ContinueTest, OneAndFourWorkersWriteTheSameBytes) {
  prepare(options_);
  const auto one = files("");
  EXPECT_EQ(files("train-").size(), 4U);
  std::filesystem::remove_all(output_);
  options_.workers = 4;
  prepare(options_);
  EXPECT_EQ(files(""), one);
}

TEST_F(ContinueTest, SecondRunKeepsWholeShards) {
  prepare(options_);
  const auto time = std::filesystem::last_write_time(output_ / "train-00001-of-00004");
  const PrepareResult again = prepare(options_);
  EXPECT_EQ(again.shards_kept, 4U);
  EXPECT_EQ(again.shards, 4U);
  EXPECT_EQ(again.images, 12U);
  EXPECT_EQ(std::filesystem::last_write_time(output_ / "train-00001-of-00004"), time);
}

TEST_F(ContinueTest, MissingAndCutShardsAreMadeAgainWithTheSameBytes) {
  prepare(options_);
  const auto whole = files("train-");
  std::filesystem::remove(output_ / "train-00002-of-00004");
  write_file(output_ / "train-00000-of-00004", whole.begin()->second.substr(0, 50));
  const PrepareResult again = prepare(options_);
  EXPECT_EQ(again.shards_kept, 2U);
  EXPECT_EQ(again.images, 12U);
  EXPECT_EQ(files("train-"), whole);
}

// A crash between a shard's rename and its line, or inside the line, costs that shard only.
TEST_F(ContinueTest, CutOffJournalLineDoesNotCount) {
  prepare(options_);
  const auto whole = files("");
  const std::string journal = whole.at("prepare-train.txt");
  write_file(output_ / "prepare-train.txt", journal.substr(0, journal.size() - 3));
  EXPECT_EQ(prepare(options_).shards_kept, 3U);
  EXPECT_EQ(files("train-00003").begin()->second, whole.at("train-00003-of-00004"));
}

TEST_F(ContinueTest, LeftoversOfAKilledRunAreRemoved) {
  prepare(options_);
  write_file(output_ / ".train-00001-of-00004.tmp-123-0", "half");
  write_file(output_ / ".validation-00001-of-00004.tmp-123-0", "of another split");
  prepare(options_);
  for (const std::string name :
       {".synsets.txt", ".prepare-train.txt", ".bad_images.csv", ".writable"}) {
    write_file(output_ / (name + ".tmp-123-0"), "half");
  }
  prepare(options_);
  EXPECT_TRUE(files(".train").empty());
  EXPECT_TRUE(files(".synsets").empty());
  EXPECT_TRUE(files(".prepare").empty());
  EXPECT_TRUE(files(".bad_images").empty());
  EXPECT_TRUE(files(".writable").empty());
  EXPECT_EQ(files(".validation").size(), 1U);
}

TEST_F(ContinueTest, RunStoppedByABadPictureContinuesWithSkip) {
  write_file(input_ / "n02" / "bad.JPEG", "text");
  options_.shards = 13;
  EXPECT_THAT(error_of<core::DataError>(), HasSubstr("bad.JPEG"));
  const size_t done = files("train-").size();
  ASSERT_GT(done, 0U);
  options_.on_bad_image = "skip";
  const PrepareResult result = prepare(options_);
  EXPECT_GE(result.shards_kept, 1U);
  EXPECT_EQ(result.images, 12U);
  EXPECT_EQ(result.skipped, 1U);
}

TEST_F(ContinueTest, ChangedInputOrOptionIsRefusedUnlessOverwritten) {
  prepare(options_);
  const auto before = files("");
  options_.shards = 3;
  EXPECT_THAT(error_of<core::UsageError>(), HasSubstr("--overwrite"));
  options_.shards = 4;
  write_file(input_ / "n01" / "new.JPEG", make_jpeg(8, 8, 8));
  EXPECT_THAT(error_of<core::UsageError>(), HasSubstr("--overwrite"));
  EXPECT_EQ(files(""), before);
  options_.shards = 3;
  options_.overwrite = true;
  EXPECT_EQ(prepare(options_).images, 13U);
  EXPECT_EQ(files("train-").size(), 3U);
  EXPECT_EQ(stored().size(), 13U);
}

TEST_F(ContinueTest, AnotherSplitWithTheFormerClassesIsWarnedOf) {
  prepare(options_);
  options_.split = "validation";
  options_.shards = 1;
  prepare(options_);
  write_file(input_ / "n00" / "new.JPEG", make_jpeg(8, 8, 8));
  options_.overwrite = true;
  testing::internal::CaptureStderr();
  prepare(options_);
  EXPECT_THAT(testing::internal::GetCapturedStderr(),
              HasSubstr("its shards of train were made with other classes"));
  testing::internal::CaptureStderr();
  prepare(options_);  // the classes are the same now
  EXPECT_THAT(testing::internal::GetCapturedStderr(), Not(HasSubstr("other classes")));
}

TEST_F(ContinueTest, ShardsFromElsewhereAreRefused) {
  write_file(output_ / "train-00000-of-00001", "made by something else");
  EXPECT_THAT(error_of<core::UsageError>(), HasSubstr("holds 1 shard of train"));
  EXPECT_EQ(read_whole(output_ / "train-00000-of-00001"), "made by something else");
}

TEST_F(ContinueTest, FolderOfARunningPrepareIsRefused) {
  std::filesystem::create_directories(output_);
  const int folder = ::open(output_.c_str(), O_RDONLY | O_DIRECTORY);
  ASSERT_EQ(::flock(folder, LOCK_EX), 0);
  EXPECT_THAT(error_of<core::UsageError>(), HasSubstr("another run"));
  ::close(folder);
  EXPECT_EQ(error_of<core::UsageError>(), "no error");
}

TEST_F(ContinueTest, UnwritableOutputIsRefused) {
  write_file(output_, "a file where the folder should be");
  EXPECT_THAT(error_of<core::UsageError>(), HasSubstr("--output"));
}

}  // namespace
}  // namespace train_backbone::data
