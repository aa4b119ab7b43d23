#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "prepare_fixture.h"
#include "test_pictures.h"
#include "train_backbone/core/errors.h"
#include "train_backbone/data/image/decode.h"

namespace train_backbone::data {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class PrepareIdxTest : public PrepareTest {
 protected:
  static constexpr uint32_t kCount = 4;
  static constexpr uint32_t kSide = 6;

  void SetUp() override {
    PrepareTest::SetUp();
    for (uint32_t i = 0; i < kCount * kSide * kSide; ++i) {
      pixels_.push_back(static_cast<uint8_t>(i * 7));
    }
    write_gzip(input_ / "train-images-idx3-ubyte.gz", make_idx({kCount, kSide, kSide}, pixels_));
    write_file(input_ / "train-labels-idx1-ubyte", make_idx({kCount}, {2, 0, 11, 0}));
    write_file(input_ / "t10k-images-idx3-ubyte", make_idx({1, kSide, kSide}, test_pixels()));
    write_gzip(input_ / "t10k-labels-idx1-ubyte.gz", make_idx({1}, {11}));
  }
  [[nodiscard]] std::vector<uint8_t> test_pixels() const {
    return {pixels_.begin(), pixels_.begin() + kSide * kSide};
  }

  std::vector<uint8_t> pixels_;
};

TEST_F(PrepareIdxTest, FolderIsReadBySplitAndLabelsAreValuesFromOne) {
  options_.keep_png = true;
  prepare(options_);
  EXPECT_THAT(labels(),
              ElementsAre("train-images-idx3-ubyte-000000:3", "train-images-idx3-ubyte-000001:1",
                          "train-images-idx3-ubyte-000002:12", "train-images-idx3-ubyte-000003:1"));
  EXPECT_THAT(files("synsets.txt").begin()->second, testing::StartsWith("0\n1\n2\n"));
  options_.split = "validation";
  prepare(options_);
  EXPECT_THAT(labels("validation"), ElementsAre("t10k-images-idx3-ubyte-000000:12"));
}

TEST_F(PrepareIdxTest, KeptPngHoldsThePixelsExactly) {
  options_.keep_png = true;
  const PrepareResult result = prepare(options_);
  EXPECT_EQ(result.converted, 0U);
  for (const StoredPicture& picture : stored()) {
    const auto index = static_cast<size_t>(picture.filename.back() - '0');
    const std::vector<uint8_t> encoded(picture.encoded.begin(), picture.encoded.end());
    EXPECT_EQ(detect_format(encoded), ImageFormat::kPng);
    EXPECT_THAT(picture.record, HasSubstr("PNG"));
    Image image;
    decode(encoded, image);
    ASSERT_EQ(image.pixels.size(), 3U * kSide * kSide);
    for (size_t i = 0; i < image.pixels.size(); ++i) {
      ASSERT_EQ(image.pixels[i], pixels_[index * kSide * kSide + i / 3]);
    }
  }
}

TEST_F(PrepareIdxTest, WithoutKeepPngTheyAreRgbJpeg) {
  options_.input = (input_ / "train-images-idx3-ubyte.gz").string();
  EXPECT_EQ(prepare(options_).converted, kCount);
  for (const StoredPicture& picture : stored()) {
    const std::vector<uint8_t> encoded(picture.encoded.begin(), picture.encoded.end());
    const ImageHeader header = read_header(encoded);
    EXPECT_EQ(header.format, ImageFormat::kJpeg);
    EXPECT_EQ(header.channels, 3);
    EXPECT_EQ(header.height, static_cast<int>(kSide));
  }
}

TEST_F(PrepareIdxTest, FilesThatDoNotBelongTogetherAreRefused) {
  options_.labels = (input_ / "t10k-labels-idx1-ubyte.gz").string();
  EXPECT_THAT(error_of<core::DataError>(), HasSubstr("1 labels for the 4 pictures"));
  options_.labels = (input_ / "t10k-images-idx3-ubyte").string();
  EXPECT_THAT(error_of<core::DataError>(), HasSubstr("has 3 dimensions"));
  options_.labels.clear();
  std::filesystem::remove(input_ / "train-labels-idx1-ubyte");
  EXPECT_THAT(error_of<core::UsageError>(), HasSubstr("name it with --labels"));
}

TEST_F(PrepareIdxTest, DamagedFilesAreRefused) {
  const std::string whole = make_idx({1, kSide, kSide}, test_pixels());
  const std::filesystem::path images = input_ / "t10k-images-idx3-ubyte";
  options_.split = "validation";
  write_file(images, whole.substr(0, whole.size() - 1));
  EXPECT_THAT(error_of<core::DataError>(), HasSubstr("truncated: 35 of 36"));
  write_file(images, whole + 'x');
  EXPECT_THAT(error_of<core::DataError>(), HasSubstr("goes on behind"));
  write_file(images, make_idx({0xFFFFFFFF, 0xFFFFFFFF, 2}, {}));
  EXPECT_THAT(error_of<core::DataError>(), HasSubstr("cannot be"));
  write_file(images, make_idx({0x80000000, 1, 1}, {}));  // as a signed width it is negative
  EXPECT_THAT(error_of<core::DataError>(), HasSubstr("cannot be"));
  std::filesystem::remove(images);
  write_gzip(images.string() + ".gz", whole);
  const std::string packed = read_whole(images.string() + ".gz");
  write_file(images.string() + ".gz", packed.substr(0, packed.size() / 2));
  EXPECT_NE(error_of<core::DataError>(), "no error");
  write_file(images.string() + ".gz", packed.substr(0, packed.size() - 1));  // in its trailer
  EXPECT_THAT(error_of<core::DataError>(), HasSubstr("cannot unpack"));
}

TEST_F(PrepareIdxTest, ChangedPixelsAreAnotherInput) {
  prepare(options_);
  pixels_[0] ^= 1;
  write_gzip(input_ / "train-images-idx3-ubyte.gz", make_idx({kCount, kSide, kSide}, pixels_));
  EXPECT_THAT(error_of<core::UsageError>(), HasSubstr("--overwrite"));
}

}  // namespace
}  // namespace train_backbone::data
