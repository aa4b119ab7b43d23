#include "train_backbone/data/image/decode.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <png.h>

#include <algorithm>
#include <string_view>

#include "encode_jpeg.h"
#include "pictures.h"

namespace train_backbone::data {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

std::vector<uint8_t> bytes_of(std::string_view text) { return {text.begin(), text.end()}; }

class DecodeGolden : public testing::TestWithParam<const char*> {};

// Tolerance 0: ISLOW and fancy upsampling are integer arithmetic, the same in every libjpeg-turbo.
TEST_P(DecodeGolden, EqualsTensorFlowAndPillow) {
  const std::string file = GetParam();
  const Image image = decoded(read_golden(file));
  EXPECT_EQ(image.height, kGoldenHeight);
  EXPECT_EQ(image.width, kGoldenWidth);
  EXPECT_EQ(
      greatest_difference(image.pixels, read_golden(file.substr(0, file.size() - 4) + ".rgb")), 0);
}

INSTANTIATE_TEST_SUITE_P(Kinds, DecodeGolden,
                         testing::Values("gray.jpg", "ycc444.jpg", "ycc422.jpg", "ycc420.jpg",
                                         "progressive.jpg", "rgb.jpg", "cmyk_adobe.jpg",
                                         "cmyk_plain.jpg", "ycck.jpg", "png_rgb.png",
                                         "png_rgb16.png", "png_alpha.png", "png_gray.png",
                                         "png_gray_alpha.png", "png_bits.png", "png_palette.png",
                                         "png_palette_clear.png"));

TEST(Decode, TakesAPictureOfOnePixel) {
  const Image image = decoded(read_golden("one.jpg"));
  EXPECT_EQ(image.height, 1);
  EXPECT_EQ(image.width, 1);
  EXPECT_EQ(image.pixels, read_golden("one.rgb"));
}

TEST(Decode, ReusesTheImageForASmallerPicture) {
  Image image = make_picture(100, 100);
  const uint8_t* memory = image.pixels.data();
  decode(read_golden("ycc420.jpg"), image);
  EXPECT_EQ(image.pixels, read_golden("ycc420.rgb"));
  EXPECT_EQ(image.pixels.data(), memory);
}

TEST(Decode, ReadsInterlacedPng) {
  const Image image = make_picture(19, 23);
  std::vector<uint8_t> encoded;
  png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, nullptr, nullptr, nullptr);
  png_infop info = png_create_info_struct(png);
  const auto append = [](png_structp writer, png_bytep bytes, size_t count) {
    auto* target = static_cast<std::vector<uint8_t>*>(png_get_io_ptr(writer));
    target->insert(target->end(), bytes, bytes + count);
  };
  png_set_write_fn(png, &encoded, append, nullptr);
  png_set_IHDR(png, info, 23, 19, 8, PNG_COLOR_TYPE_RGB, PNG_INTERLACE_ADAM7, 0, 0);
  std::vector<png_bytep> rows;
  for (size_t row = 0; row < 19; ++row) {
    rows.push_back(const_cast<png_bytep>(image.pixels.data() + row * 23 * 3));
  }
  png_set_rows(png, info, rows.data());
  png_write_png(png, info, PNG_TRANSFORM_IDENTITY, nullptr);
  png_destroy_write_struct(&png, &info);
  EXPECT_EQ(decoded(encoded).pixels, image.pixels);
}

TEST(Decode, SaysWhatATextFileBeginsWith) {
  EXPECT_THAT([] { decoded(bytes_of("hello, I am no picture")); },
              ThrowsMessage<ImageError>(HasSubstr("neither JPEG nor PNG (begins with \"hello, I")));
  EXPECT_THAT([] { decoded({}); }, ThrowsMessage<ImageError>("empty picture"));
}

TEST(DetectFormat, LooksAtContent) {
  EXPECT_EQ(detect_format(read_golden("gray.jpg")), ImageFormat::kJpeg);
  EXPECT_EQ(detect_format(read_golden("png_gray.png")), ImageFormat::kPng);
  EXPECT_EQ(detect_format(bytes_of("GIF89a")), ImageFormat::kUnknown);
  EXPECT_EQ(detect_format(bytes_of("\xFF\xD8")), ImageFormat::kUnknown);
}

TEST(ReadHeader, GivesSizeChannelsAndColor) {
  const auto expect = [](const char* file, int channels, ColorSpace color) {
    const ImageHeader header = read_header(read_golden(file));
    EXPECT_EQ(header.height, kGoldenHeight) << file;
    EXPECT_EQ(header.width, kGoldenWidth) << file;
    EXPECT_EQ(header.channels, channels) << file;
    EXPECT_EQ(header.color, color) << file;
  };
  expect("gray.jpg", 1, ColorSpace::kGray);
  expect("ycc420.jpg", 3, ColorSpace::kRgbOrYcc);
  expect("rgb.jpg", 3, ColorSpace::kRgbOrYcc);
  expect("cmyk_adobe.jpg", 4, ColorSpace::kCmykOrYcck);
  expect("ycck.jpg", 4, ColorSpace::kCmykOrYcck);
  expect("png_gray_alpha.png", 2, ColorSpace::kGray);
  expect("png_palette.png", 3, ColorSpace::kRgbOrYcc);
  expect("png_alpha.png", 4, ColorSpace::kRgbOrYcc);
}

TEST(ReadHeader, RefusesTooManyPixelsBeforeAllocating) {
  std::vector<uint8_t> jpeg = read_golden("ycc420.jpg");
  const std::vector<uint8_t> frame = {0xFF, 0xC0, 0x00, 0x11, 0x08};
  const auto at = std::search(jpeg.begin(), jpeg.end(), frame.begin(), frame.end());
  ASSERT_NE(at, jpeg.end());
  std::fill_n(at + 5, 4, uint8_t{0xC0});  // height and width
  EXPECT_THAT([&] { read_header(jpeg); },
              ThrowsMessage<ImageError>(HasSubstr("49344 x 49344 pixels")));
}

}  // namespace
}  // namespace train_backbone::data
