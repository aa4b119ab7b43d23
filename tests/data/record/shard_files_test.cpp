#include "train_backbone/data/record/shard_files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/scratch.h"
#include "train_backbone/core/errors.h"

namespace train_backbone::data {
namespace {

using test::message_of;
using test::scratch_folder;
using test::spill;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

std::vector<std::string> found(const std::filesystem::path& folder, std::string_view prefix) {
  std::vector<std::string> names;
  for (const auto& path : find_shard_files(folder, prefix)) names.push_back(path.filename());
  return names;
}

TEST(ShardFiles, FilesWithThePrefixCountSortedByName) {
  const auto folder = scratch_folder();
  for (const char* name :
       {"train-00001-of-00002", "train-00000-of-00002", "validation-0", "train", "trainer",
        "labels.txt", ".train-00000-of-00002.tmp-1-0", "x.tfrecord"}) {
    spill(folder / name, "");
  }
  std::filesystem::create_directory(folder / "train-folder");
  EXPECT_THAT(found(folder, "train"), ElementsAre("train-00000-of-00002", "train-00001-of-00002"));
  EXPECT_THAT(found(folder, "validation"), ElementsAre("validation-0"));
}

TEST(ShardFiles, LinksToFilesCountAndBrokenOnesDoNot) {
  const auto folder = scratch_folder();
  spill(folder / "elsewhere", "");
  std::filesystem::create_symlink(folder / "elsewhere", folder / "train-0");
  std::filesystem::create_symlink(folder / "missing", folder / "train-1");
  EXPECT_THAT(found(folder, "train"), ElementsAre("train-0"));
}

TEST(ShardFiles, EndingCountsOnlyWhenNoFileHasThePrefix) {
  const auto folder = scratch_folder();
  for (const char* name : {"b.tfrecords", "a.tfrecord", ".hidden.tfrecord", "a.tfrecord.gz"}) {
    spill(folder / name, "");
  }
  EXPECT_THAT(found(folder, "train"), ElementsAre("a.tfrecord", "b.tfrecords"));
}

TEST(ShardFiles, SetWithAMissingShardIsRefusedByTheNameOfTheFirst) {
  const auto folder = scratch_folder();
  for (const char* name : {"train-00000-of-00004", "train-00002-of-00004"})
    spill(folder / name, "");
  EXPECT_THAT(message_of<core::DataError>([&] { find_shard_files(folder, "train"); }),
              AllOf(HasSubstr("train-00001-of-00004 is missing"), HasSubstr("2 of 4 are there")));
}

TEST(ShardFiles, ShardsOfTwoSetsAreRefused) {
  const auto folder = scratch_folder();
  for (const char* name :
       {"train-00000-of-00001", "train-00000-of-00002", "train-00001-of-00002"}) {
    spill(folder / name, "");
  }
  EXPECT_THAT(message_of<core::DataError>([&] { find_shard_files(folder, "train"); }),
              AllOf(HasSubstr("train-00000-of-00001"), HasSubstr("train-00000-of-00002"),
                    HasSubstr("two sets")));
}

TEST(ShardFiles, MissingEmptyAndUnfitFoldersAreThreeAnswers) {
  const auto folder = scratch_folder();
  const auto message = [](const std::filesystem::path& where) {
    return message_of<core::DataError>([&] { find_shard_files(where, "train"); });
  };
  EXPECT_THAT(message(folder / "none"),
              AllOf(HasSubstr((folder / "none").string()), HasSubstr("no such folder")));
  EXPECT_THAT(message(folder), AllOf(HasSubstr(folder.string()), HasSubstr("no shard in it"),
                                     HasSubstr("train-*"), HasSubstr("train_backbone prepare")));
  spill(folder / "picture.JPEG", "");
  EXPECT_THAT(message(folder), AllOf(HasSubstr("none of its 1 files"), HasSubstr("train-*"),
                                     HasSubstr("train_backbone prepare")));
  EXPECT_THAT(message(folder / "picture.JPEG"), HasSubstr("is not a folder"));
}

}  // namespace
}  // namespace train_backbone::data
