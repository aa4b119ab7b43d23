#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>
#include <string>

#include "data/prepare/picture_reader.h"
#include "prepare_fixture.h"
#include "test_pictures.h"
#include "test_tar.h"
#include "train_backbone/core/errors.h"
#include "train_backbone/data/image/decode.h"

namespace train_backbone::data {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

class BadPicturesTest : public PrepareTest {
 protected:
  void SetUp() override {
    PrepareTest::SetUp();
    make_class_folders(input_);
  }
  void add_bad() const {
    write_file(input_ / "n02" / "text, not \"picture\".JPEG", "hello");
    const std::string jpeg = make_jpeg(30, 30, 1);
    write_file(input_ / "n03" / "cut.JPEG", jpeg.substr(0, jpeg.size() - 20));
  }
};

TEST_F(BadPicturesTest, OddButSoundPicturesAreTaken) {
  write_file(input_ / "n01" / "png.JPEG", make_png(9, 9, 4));
  write_file(input_ / "n01" / "cmyk.JPEG", make_jpeg(9, 9, 4, JpegKind::kCmyk));
  write_file(input_ / "n01" / "dot.JPEG", make_jpeg(1, 1, 4));
  const PrepareResult result = prepare(options_);
  EXPECT_EQ(result.images, 15U);
  EXPECT_EQ(result.converted, 2U);
  for (const StoredPicture& picture : stored()) {
    const std::vector<uint8_t> encoded(picture.encoded.begin(), picture.encoded.end());
    EXPECT_EQ(read_header(encoded).format, ImageFormat::kJpeg) << picture.filename;
    EXPECT_NE(read_header(encoded).color, ColorSpace::kCmykOrYcck) << picture.filename;
  }
  EXPECT_TRUE(files("bad_images").empty());
}

TEST_F(BadPicturesTest, FailNamesThePictureAndLeavesNoShardHalfWritten) {
  add_bad();
  const std::string error = error_of<core::DataError>();
  EXPECT_THAT(error, testing::AnyOf(HasSubstr("n03/cut.JPEG: unreadable picture"),
                                    HasSubstr("picture\".JPEG: unreadable picture")));
  EXPECT_THAT(error, HasSubstr("--on_bad_image skip"));
  EXPECT_TRUE(files("train-").empty());
  EXPECT_TRUE(files(".train-").empty());
}

TEST_F(BadPicturesTest, SkipLeavesThemOutAndListsThem) {
  add_bad();
  options_.on_bad_image = "skip";
  options_.max_bad_images = 2;
  const PrepareResult result = prepare(options_);
  EXPECT_EQ(result.images, 12U);
  EXPECT_EQ(result.skipped, 2U);
  EXPECT_EQ(stored().size(), 12U);
  const std::string list = files("bad_images.csv")["bad_images.csv"];
  EXPECT_THAT(list, HasSubstr("split,shard,picture,reason\n"));
  EXPECT_THAT(list, HasSubstr("train,train-00000-of-00001,\""));
  EXPECT_THAT(list, HasSubstr("n03/cut.JPEG\",\"JPEG is truncated"));
  EXPECT_THAT(list, HasSubstr("text, not \"\"picture\"\".JPEG\",\""));
}

TEST_F(BadPicturesTest, TooManyForTheBudgetIsAnError) {
  add_bad();
  options_.on_bad_image = "skip";
  options_.max_bad_images = 1;
  EXPECT_THAT(error_of<core::DataError>(),
              HasSubstr("2 pictures are unreadable, more than --max_bad_images 1"));
  EXPECT_TRUE(files("train-").empty());
  EXPECT_EQ(files("bad_images.csv").size(), 1U);
}

TEST_F(BadPicturesTest, BudgetCountsThoseOfAnEarlierRun) {
  add_bad();
  options_.on_bad_image = "skip";
  options_.shards = 14;
  prepare(options_);
  const auto whole = files("");
  for (const auto& [name, content] : files("train-0001")) std::filesystem::remove(output_ / name);
  options_.max_bad_images = 1;
  EXPECT_THAT(error_of<core::DataError>(), HasSubstr("more than --max_bad_images 1"));
  options_.max_bad_images = 2;
  const PrepareResult result = prepare(options_);
  EXPECT_EQ(result.skipped, 2U);
  EXPECT_EQ(files("bad_images.csv"),
            (std::map<std::string, std::string>{{"bad_images.csv", whole.at("bad_images.csv")}}));
}

TEST_F(BadPicturesTest, OtherSplitsKeepTheirLines) {
  add_bad();
  options_.on_bad_image = "skip";
  prepare(options_);
  options_.split = "validation";
  prepare(options_);
  const std::string list = files("bad_images.csv")["bad_images.csv"];
  EXPECT_THAT(list, HasSubstr("\ntrain,"));
  EXPECT_THAT(list, HasSubstr("\nvalidation,"));
}

TEST_F(BadPicturesTest, NameOfTwoLinesIsOneLineOfTheList) {
  write_file(input_ / "n01" / "two\nlines.JPEG", "hello");
  options_.on_bad_image = "skip";
  prepare(options_);
  prepare(options_);  // reads its journal
  const std::string list = files("bad_images.csv")["bad_images.csv"];
  EXPECT_THAT(list, HasSubstr("two lines.JPEG"));
  EXPECT_EQ(std::count(list.begin(), list.end(), '\n'), 2);
}

TEST_F(BadPicturesTest, VerifyFindsDamageInside) {
  std::string jpeg = make_jpeg(64, 64, 7);
  jpeg.replace(jpeg.size() / 2 + 100, 4, "\xFF\xD3\xFF\xD3");
  write_file(input_ / "n01" / "damaged.JPEG", jpeg);
  options_.verify_images = true;
  EXPECT_THAT(error_of<core::DataError>(), HasSubstr("damaged.JPEG"));
}

// A sparse file costs nothing, but could ask for all memory.
TEST_F(BadPicturesTest, PictureAboveTheLimitIsRefusedInAFolderAndInATar) {
  write_file(input_ / "n01" / "large.JPEG", "");
  std::filesystem::resize_file(input_ / "n01" / "large.JPEG", kMaxPictureBytes + 1);
  EXPECT_THAT(error_of<core::DataError>(),
              AllOf(HasSubstr("n01/large.JPEG: unreadable picture"),
                    HasSubstr("268435457 bytes, more than the 268435456 allowed")));
  TarBuilder tar;
  tar.add_header("n01/large.JPEG", kMaxPictureBytes + 1, '0');
  const std::filesystem::path path = output_.parent_path() / "x.tar";
  write_file(path, tar.finish());
  std::filesystem::resize_file(path, 2 * kMaxPictureBytes);
  options_.input = path.string();
  options_.overwrite = true;
  EXPECT_THAT(error_of<core::DataError>(),
              AllOf(HasSubstr("large.JPEG: unreadable picture"),
                    HasSubstr("268435457 bytes, more than the 268435456 allowed")));
}

TEST_F(BadPicturesTest, PipeNamedLikeAPictureIsABadPicture) {
  ASSERT_EQ(::mkfifo((input_ / "n01" / "pipe.JPEG").c_str(), 0600), 0);
  EXPECT_THAT(error_of<core::DataError>(),
              HasSubstr("n01/pipe.JPEG: unreadable picture: is not a regular file"));
}

TEST_F(BadPicturesTest, PipeAsInputIsNamed) {
  const std::filesystem::path pipe = output_.parent_path() / "pipe";
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  options_.input = pipe.string();
  EXPECT_THAT(error_of<core::DataError>(), HasSubstr("is neither a folder nor"));
}

TEST_F(BadPicturesTest, ReadErrorNamesThePictureOnce) {
  std::filesystem::create_symlink("nowhere", input_ / "n01" / "dangling.JPEG");
  const std::string error = error_of<core::DataError>();
  EXPECT_THAT(error, HasSubstr("n01/dangling.JPEG"));
  EXPECT_EQ(error.find("dangling"), error.rfind("dangling")) << error;
}

}  // namespace
}  // namespace train_backbone::data
