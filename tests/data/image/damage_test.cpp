#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "data/image/image_decoder.h"
#include "encode_jpeg.h"
#include "pictures.h"
#include "train_backbone/data/image/transform.h"

namespace train_backbone::data {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

// True when the picture was refused with ImageError; every other exception fails the test.
bool refused(std::span<const uint8_t> encoded) {
  try {
    Image image;
    decode(encoded, image);
    return false;
  } catch (const ImageError& error) {
    EXPECT_STRNE(error.what(), "");
    return true;
  }
}

class Damage : public testing::TestWithParam<const char*> {};

TEST_P(Damage, EveryTruncationIsAnError) {
  const std::vector<uint8_t> whole = read_golden(GetParam());
  ASSERT_FALSE(refused(whole));
  for (size_t length = 0; length < whole.size(); ++length) {
    // A copy, so that an address sanitizer sees a read behind the end.
    const std::vector<uint8_t> part(whole.begin(), whole.begin() + static_cast<ptrdiff_t>(length));
    ASSERT_TRUE(refused(part)) << length << " of " << whole.size() << " bytes";
  }
}

TEST_P(Damage, NoFlippedBitCrashesOrSpoilsTheNextPicture) {
  std::vector<uint8_t> bytes = read_golden(GetParam());
  const auto transform = make_training_transform("none", 16);
  const auto result = [&transform](std::span<const uint8_t> encoded) {
    core::SampleRng rng(1, core::RngStream::kAugment, 0, 0);
    std::vector<uint8_t> pixels(16 * 16 * 3);
    transform->apply(encoded, rng, pixels);
    return pixels;
  };
  const std::vector<uint8_t> good = bytes;
  const std::vector<uint8_t> expected = result(good);
  size_t errors = 0;
  for (size_t at = 0; at < bytes.size(); ++at) {
    const uint8_t original = bytes[at];
    bytes[at] = static_cast<uint8_t>(original ^ (1U << (at % 8)));
    try {
      result(bytes);
    } catch (const ImageError&) {
      ++errors;
    }
    bytes[at] = original;
    if (at % 16 == 0) {
      ASSERT_EQ(result(good), expected) << "after byte " << at;
    }
  }
  EXPECT_GT(errors, 0U);
}

INSTANTIATE_TEST_SUITE_P(Kinds, Damage,
                         testing::Values("gray.jpg", "ycc420.jpg", "progressive.jpg",
                                         "cmyk_adobe.jpg", "png_gray.png", "png_palette.png"));

// Each picture is a function of its own bytes: a file without tables must not use another's.
TEST(JpegDamage, TablesOfAnotherFileAreNotUsed) {
  std::vector<uint8_t> jpeg = read_golden("ycc444.jpg");
  for (size_t at = 0; at + 1 < jpeg.size(); ++at) {
    if (jpeg[at] == 0xFF && jpeg[at + 1] == 0xDB) {
      jpeg[at + 1] = 0xFE;  // a quantization table becomes a comment
    }
  }
  ImageDecoder decoder;
  std::vector<uint8_t> pixels;
  const PixelBox whole = {.height = kGoldenHeight, .width = kGoldenWidth};
  const std::vector<uint8_t> good = read_golden("ycc444.jpg");
  decoder.open(good);
  decoder.decode(whole, pixels);
  EXPECT_THAT(
      [&] {
        decoder.open(jpeg);
        decoder.decode(whole, pixels);
      },
      ThrowsMessage<ImageError>(HasSubstr("Quantization table")));
}

TEST(JpegDamage, TruncationBelowTheBoxIsAnError) {
  const std::vector<uint8_t> whole = encode_jpeg(make_picture(300, 200), {.restart_rows = 2});
  const PixelBox top = {.top = 10, .left = 20, .height = 30, .width = 100};
  ImageDecoder decoder;
  std::vector<uint8_t> pixels;
  decoder.open(whole);
  EXPECT_NO_THROW(decoder.decode(top, pixels));
  for (size_t missing = 1; missing < whole.size(); missing += 97) {
    const auto part = std::span(whole).first(whole.size() - missing);
    EXPECT_THROW(
        {
          decoder.open(part);
          decoder.decode(top, pixels);
        },
        ImageError)
        << missing << " bytes missing";
  }
}

// Cameras and editors leave bytes behind the last scan, also in ImageNet; all pixels are there.
TEST(JpegDamage, BytesBetweenTheLastScanAndTheEndMarkerChangeNothing) {
  for (const char* name : {"ycc420.jpg", "progressive.jpg", "gray.jpg"}) {
    std::vector<uint8_t> jpeg = read_golden(name);
    const Image whole = decoded(jpeg);
    jpeg.insert(jpeg.end() - 2, 5, uint8_t{0});
    ASSERT_FALSE(refused(jpeg)) << name;
    EXPECT_EQ(decoded(jpeg).pixels, whole.pixels) << name;
  }
}

// Each scan costs a pass over the picture, so a small file could keep a worker busy for hours.
TEST(JpegDamage, TooManyProgressiveScansAreRefused) {
  const std::vector<uint8_t> jpeg = encode_jpeg(make_picture(16, 16), {.many_scans = true});
  EXPECT_THAT([&] { decoded(jpeg); }, ThrowsMessage<ImageError>(HasSubstr("more than 200 scans")));
}

}  // namespace
}  // namespace train_backbone::data
