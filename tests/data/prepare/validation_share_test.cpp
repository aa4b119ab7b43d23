#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "prepare_fixture.h"
#include "test_pictures.h"
#include "test_tar.h"
#include "train_backbone/core/errors.h"

namespace train_backbone::data {
namespace {

using testing::HasSubstr;
using testing::Not;

// Class folders n01, n02, n03 with 4, 5 and 3 pictures.
class ValidationShareTest : public PrepareTest {
 protected:
  void SetUp() override {
    PrepareTest::SetUp();
    make_class_folders(input_);
    options_.validation_share = 0.25;
  }

  // What prepare(options_) says on standard error.
  std::string diagnostics() {
    testing::internal::CaptureStderr();
    prepare(options_);
    return testing::internal::GetCapturedStderr();
  }
};

TEST_F(ValidationShareTest, OneRunMakesBothSplitsOfWhichEachPictureIsInOne) {
  options_.shards = 2;
  const PrepareResult result = prepare(options_);
  EXPECT_EQ(result.images, 12U);
  EXPECT_EQ(result.validation_images, 3U);
  EXPECT_EQ(result.shards, 3U);
  EXPECT_EQ(files("train-").size(), 2U);
  EXPECT_EQ(files("validation-").size(), 1U);
  const std::vector<std::string> training = labels();
  std::vector<std::string> both = labels("validation");
  EXPECT_EQ(both.size(), 3U);
  EXPECT_EQ(both[0].substr(0, 3) + both[1].substr(0, 3) + both[2].substr(0, 3), "n01n02n03");
  both.insert(both.end(), training.begin(), training.end());
  std::sort(both.begin(), both.end());
  options_.validation_share.reset();
  output_ = output_.parent_path() / "whole";
  options_.output = output_.string();
  prepare(options_);
  EXPECT_EQ(both, labels());
}

TEST_F(ValidationShareTest, ValidationIsInTheOrderOfTheNamesAsEverySplitButTrain) {
  std::filesystem::remove_all(input_);
  for (const std::string file : {"n01/z1.JPEG", "n01/z2.JPEG", "n02/a1.JPEG", "n02/a2.JPEG"}) {
    write_file(input_ / file, make_jpeg(5, 5, 1));
  }
  prepare(options_);
  ASSERT_EQ(stored("validation").size(), 2U);
  EXPECT_EQ(stored("validation")[0].label, 2);
  EXPECT_EQ(stored("validation")[1].label, 1);
}

TEST_F(ValidationShareTest, WorkersAndTheOrderOfTheFilesChangeNothing) {
  prepare(options_);
  const auto one = files("");
  // The same names and bytes, made in another order.
  std::filesystem::rename(input_, input_.parent_path() / "first");
  for (const std::string name : {"n02", "n03", "n01"}) {
    for (int i = 9; i >= 0; --i) {
      const std::string file = name + "_" + std::to_string(i) + ".JPEG";
      const auto from = input_.parent_path() / "first" / name / file;
      if (std::filesystem::exists(from)) write_file(input_ / name / file, read_whole(from));
    }
  }
  std::filesystem::remove_all(output_);
  options_.workers = 4;
  prepare(options_);
  EXPECT_EQ(files(""), one);
}

TEST_F(ValidationShareTest, SecondRunWritesNothingAndAnInterruptedOneIsContinued) {
  options_.shards = 3;
  prepare(options_);
  const auto whole = files("");
  const auto time = std::filesystem::last_write_time(output_ / "validation-00000-of-00001");
  const PrepareResult again = prepare(options_);
  EXPECT_EQ(again.shards_kept, 4U);
  EXPECT_EQ(again.images, 12U);
  EXPECT_EQ(again.validation_images, 3U);
  EXPECT_EQ(std::filesystem::last_write_time(output_ / "validation-00000-of-00001"), time);
  std::filesystem::remove(output_ / "train-00001-of-00003");
  for (const std::string name : {"validation-00000-of-00001", "prepare-validation.txt"}) {
    std::filesystem::remove(output_ / name);
  }
  EXPECT_EQ(prepare(options_).shards_kept, 2U);
  EXPECT_EQ(files("validation-").begin()->second, whole.at("validation-00000-of-00001"));
  EXPECT_EQ(files("train-").at("train-00001-of-00003"), whole.at("train-00001-of-00003"));
}

TEST_F(ValidationShareTest, OtherShareIsRefusedUnlessBothAreReplaced) {
  prepare(options_);
  const auto before = files("");
  options_.validation_share = 0.5;
  EXPECT_THAT(error_of<core::UsageError>(), HasSubstr("--overwrite"));
  EXPECT_EQ(files(""), before);
  options_.overwrite = true;
  EXPECT_EQ(prepare(options_).validation_images, 7U);  // 2 of 4, 3 of 5, 2 of 3
  EXPECT_EQ(stored().size(), 5U);
}

// Shards with all pictures beside those of a share would be trained on and validated, too.
TEST_F(ValidationShareTest, SplitsWithAllPicturesDoNotGoWithAShare) {
  options_.validation_share.reset();
  for (const std::string split : {"train", "validation"}) {
    options_.split = split;
    prepare(options_);
    const auto before = files("");
    options_.split = "train";
    options_.validation_share = 0.25;
    EXPECT_THAT(error_of<core::UsageError>(), HasSubstr("holds 1 shard of " + split));
    EXPECT_EQ(files(""), before);
    std::filesystem::remove_all(output_);
    prepare(options_);
    const auto divided = files("");
    options_.validation_share.reset();
    options_.split = split;
    EXPECT_THAT(error_of<core::UsageError>(), HasSubstr("were made by --validation_share 0.25"));
    options_.overwrite = true;
    EXPECT_THAT(error_of<core::UsageError>(), HasSubstr("were made by --validation_share 0.25"));
    options_.overwrite = false;
    EXPECT_EQ(files(""), divided);
    std::filesystem::remove_all(output_);
  }
}

TEST_F(ValidationShareTest, ClassWithASinglePictureIsTrainedOnAndWarnedOf) {
  EXPECT_THAT(diagnostics(), Not(HasSubstr("single picture")));
  std::filesystem::remove_all(output_);
  write_file(input_ / "n04" / "only.JPEG", make_jpeg(5, 5, 1));
  EXPECT_THAT(diagnostics(), HasSubstr("1 class with a single picture, n04 first"));
  EXPECT_THAT(labels(), testing::Contains("only.JPEG:4"));
  EXPECT_EQ(labels("validation").size(), 3U);
}

TEST_F(ValidationShareTest, NothingToHoldOutIsRefused) {
  std::filesystem::remove_all(input_);
  write_file(input_ / "n01" / "only.JPEG", make_jpeg(5, 5, 1));
  EXPECT_THAT(error_of<core::UsageError>(), HasSubstr("no class of --input"));
  EXPECT_FALSE(std::filesystem::exists(output_));
}

TEST_F(ValidationShareTest, InputWithSplitsOfItsOwnIsRefusedAndOneOfThemIsNot) {
  for (const std::string name : {"n01", "n02", "n03"}) {
    std::filesystem::create_directories(input_ / "train");
    std::filesystem::rename(input_ / name, input_ / "train" / name);
  }
  EXPECT_THAT(error_of<core::UsageError>(), HasSubstr("has folders of its own for the splits"));
  make_class_folders(input_ / "val");
  EXPECT_THAT(error_of<core::UsageError>(), HasSubstr((input_ / "train").string()));
  EXPECT_FALSE(std::filesystem::exists(output_));
  options_.input = (input_ / "train").string();
  EXPECT_EQ(prepare(options_).validation_images, 3U);
}

TEST_F(ValidationShareTest, OtherInputsAreRefused) {
  TarBuilder tar;
  tar.add("n01/a.JPEG", make_jpeg(5, 5, 1));
  tar.add("n01/b.JPEG", make_jpeg(5, 5, 2));
  const std::filesystem::path beside = output_.parent_path();
  write_file(beside / "x.tar", tar.finish());
  options_.input = (beside / "x.tar").string();
  EXPECT_THAT(error_of<core::UsageError>(), HasSubstr("is a tar; prepare each split with --split"));
  write_file(beside / "flat" / "a.JPEG", make_jpeg(5, 5, 1));
  write_file(beside / "labels.txt", "n01\n");
  options_.input = (beside / "flat").string();
  options_.labels = (beside / "labels.txt").string();
  EXPECT_THAT(error_of<core::UsageError>(), HasSubstr("is a flat folder with a label list"));
}

TEST_F(ValidationShareTest, TheBudgetOfBadPicturesIsThatOfBothSplits) {
  // Half of 4, 5 and 3 pictures, to which come 2 unreadable ones in each split.
  for (int i = 0; i < 4; ++i) {
    write_file(input_ / "n04" / ("bad_" + std::to_string(i) + ".JPEG"), "no picture");
  }
  options_.validation_share = 0.5;
  options_.on_bad_image = "skip";
  options_.max_bad_images = 3;
  EXPECT_THAT(error_of<core::DataError>(), HasSubstr("more than --max_bad_images 3"));
  std::filesystem::remove_all(output_);
  options_.max_bad_images = 4;
  EXPECT_EQ(prepare(options_).skipped, 4U);
  EXPECT_EQ(prepare(options_).skipped, 4U);
  const auto before = files("");
  options_.max_bad_images = 3;
  EXPECT_THAT(error_of<core::DataError>(), HasSubstr("leave out 4 unreadable pictures, more than "
                                                     "--max_bad_images 3"));
  EXPECT_EQ(files(""), before);
}

TEST_F(ValidationShareTest, WhatIsRefusedLeavesTheFolderAsItWas) {
  write_file(output_ / "validation-00000-of-00001", "of somebody else");
  const auto before = files("");
  EXPECT_THAT(error_of<core::UsageError>(), HasSubstr("holds 1 shard of validation"));
  EXPECT_EQ(files(""), before);
}

TEST_F(ValidationShareTest, AnotherSplitIsRefused) {
  options_.split = "validation";
  EXPECT_THAT(error_of<core::UsageError>(), HasSubstr("leave --split validation out"));
}

}  // namespace
}  // namespace train_backbone::data
