#include "data/prepare/picture_converter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <string>

#include "test_pictures.h"
#include "train_backbone/data/image/decode.h"

namespace train_backbone::data {
namespace {

using testing::HasSubstr;

std::span<const uint8_t> bytes_of(const std::string& text) {
  return {reinterpret_cast<const uint8_t*>(text.data()), text.size()};
}

std::string text_of(std::span<const uint8_t> bytes) { return {bytes.begin(), bytes.end()}; }

std::string refusal(const std::string& file, PictureConverter::Options options = {}) {
  try {
    PictureConverter(options).convert(bytes_of(file));
  } catch (const ImageError& error) {
    return error.what();
  }
  return "accepted";
}

TEST(PictureConverterTest, RgbAndGrayJpegStayByteForByte) {
  PictureConverter converter({});
  for (const JpegKind kind : {JpegKind::kRgb, JpegKind::kGray}) {
    const std::string jpeg = make_jpeg(17, 23, 5, kind);
    const ConvertedPicture picture = converter.convert(bytes_of(jpeg));
    EXPECT_EQ(text_of(picture.encoded), jpeg);
    EXPECT_EQ(picture.height, 17);
    EXPECT_EQ(picture.width, 23);
    EXPECT_EQ(picture.format, "JPEG");
    EXPECT_FALSE(picture.converted);
  }
}

TEST(PictureConverterTest, CmykJpegBecomesRgbJpegOfTheSamePixels) {
  const std::string cmyk = make_jpeg(16, 24, 60, JpegKind::kCmyk);
  ASSERT_EQ(read_header(bytes_of(cmyk)).color, ColorSpace::kCmykOrYcck);
  PictureConverter converter({.jpeg_quality = 100});
  const ConvertedPicture picture = converter.convert(bytes_of(cmyk));
  EXPECT_TRUE(picture.converted);
  EXPECT_EQ(picture.format, "JPEG");
  const ImageHeader header = read_header(picture.encoded);
  EXPECT_EQ(header.color, ColorSpace::kRgbOrYcc);
  EXPECT_EQ(header.channels, 3);
  Image before;
  Image after;
  decode(bytes_of(cmyk), before);
  decode(picture.encoded, after);
  ASSERT_EQ(before.pixels.size(), after.pixels.size());
  int64_t difference = 0;
  for (size_t i = 0; i < before.pixels.size(); ++i) {
    difference += std::abs(int{before.pixels[i]} - int{after.pixels[i]});
  }
  // 4:2:0 chroma is the only loss that shows at quality 100.
  EXPECT_LT(static_cast<double>(difference) / static_cast<double>(before.pixels.size()), 4.0);
}

TEST(PictureConverterTest, PngBecomesJpegUnlessItIsKept) {
  const std::string png = make_png(9, 7, 3);
  PictureConverter converting({});
  const ConvertedPicture jpeg = converting.convert(bytes_of(png));
  EXPECT_TRUE(jpeg.converted);
  EXPECT_EQ(jpeg.format, "JPEG");
  EXPECT_EQ(read_header(jpeg.encoded).channels, 3);
  PictureConverter keeping({.keep_png = true});
  const ConvertedPicture kept = keeping.convert(bytes_of(png));
  EXPECT_EQ(text_of(kept.encoded), png);
  EXPECT_EQ(kept.format, "PNG");
}

TEST(PictureConverterTest, BytesBehindTheEndMarkerAreTolerated) {
  const std::string jpeg = make_jpeg(8, 8, 1) + std::string(60000, '\0');
  PictureConverter converter({});
  EXPECT_EQ(converter.convert(bytes_of(jpeg)).encoded.size(), jpeg.size());
}

TEST(PictureConverterTest, AnyNumberOfBytesBehindTheEndIsTolerated) {
  const std::string rest(200'000, '\0');
  EXPECT_EQ(refusal(make_jpeg(8, 8, 1) + rest), "accepted");
  EXPECT_EQ(refusal(make_png(8, 8, 1) + rest, {.keep_png = true}), "accepted");
}

TEST(PictureConverterTest, EveryTruncationOfAJpegIsRefused) {
  const std::string jpeg = make_jpeg(40, 40, 9);
  for (size_t bytes = 0; bytes < jpeg.size(); ++bytes) {
    EXPECT_NE(refusal(jpeg.substr(0, bytes)), "accepted") << bytes;
  }
}

TEST(PictureConverterTest, EndMarkerOfAPreviewInTheHeaderDoesNotCount) {
  const std::string preview = make_jpeg(8, 8, 1);
  const std::string whole = make_jpeg(64, 64, 2);
  const size_t length = preview.size() + 2;
  std::string exif = {'\xFF', '\xE1', static_cast<char>(length >> 8), static_cast<char>(length)};
  const std::string with_preview = whole.substr(0, 2) + exif + preview + whole.substr(2);
  EXPECT_EQ(refusal(with_preview), "accepted");
  EXPECT_THAT(refusal(with_preview.substr(0, with_preview.size() - 40)), HasSubstr("truncated"));
}

TEST(PictureConverterTest, TruncatedPngIsRefusedEvenWhenItIsKept) {
  const std::string png = make_png(30, 30, 9);
  EXPECT_THAT(refusal(png.substr(0, png.size() - 12), {.keep_png = true}), HasSubstr("truncated"));
}

TEST(PictureConverterTest, TextIsRefused) {
  EXPECT_NE(refusal("this is not a picture at all"), "accepted");
  EXPECT_THAT(refusal(""), HasSubstr("empty"));
}

TEST(PictureConverterTest, DamageInsideIsFoundOnlyByVerifying) {
  std::string jpeg = make_jpeg(64, 64, 7);
  // Restart markers that do not belong there, well inside the scan data.
  jpeg.replace(jpeg.size() / 2 + 100, 4, "\xFF\xD3\xFF\xD3");
  EXPECT_EQ(refusal(jpeg), "accepted");
  EXPECT_NE(refusal(jpeg, {.verify = true}), "accepted");
}

}  // namespace
}  // namespace train_backbone::data
