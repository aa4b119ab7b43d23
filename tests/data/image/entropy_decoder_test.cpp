#include <gtest/gtest.h>

#include <algorithm>

#include "data/image/scan_bytes.h"
#include "encode_jpeg.h"
#include "libjpeg_decode.h"
#include "pictures.h"
#include "train_backbone/core/rng.h"
#include "train_backbone/data/image/decode.h"

namespace train_backbone::data {
namespace {

// Every coefficient as likely as any other: long codes, full blocks.
Image make_noise(int height, int width) {
  core::SampleRng rng(9, core::RngStream::kInit, 0, 0);
  Image image{.height = height, .width = width, .pixels = {}};
  image.pixels.resize(size_t{3} * static_cast<size_t>(height) * static_cast<size_t>(width));
  std::generate(image.pixels.begin(), image.pixels.end(),
                [&rng] { return static_cast<uint8_t>(rng.below(256)); });
  return image;
}

// The outcome for the same bytes: the same pixels, or refused by both.
void expect_like_libjpeg(const std::vector<uint8_t>& encoded) {
  const std::optional<Image> expected = libjpeg_decode(encoded);
  ASSERT_TRUE(expected.has_value());
  EXPECT_EQ(decoded(encoded).pixels, expected->pixels);
}

struct EntropyCase {
  const char* name;
  JpegKind kind;
};

class EntropyDecoder : public testing::TestWithParam<EntropyCase> {};

TEST_P(EntropyDecoder, EqualsLibjpegAtEveryQuality) {
  for (const int quality : {1, 10, 30, 50, 75, 85, 92, 96, 99, 100}) {
    for (const bool own_codes : {false, true}) {
      JpegKind kind = GetParam().kind;
      kind.quality = quality;
      kind.own_codes = own_codes;
      SCOPED_TRACE(testing::Message() << "quality " << quality << " own codes " << own_codes);
      expect_like_libjpeg(encode_jpeg(make_picture(67, 83), kind));
      expect_like_libjpeg(encode_jpeg(make_noise(67, 83), kind));
      expect_like_libjpeg(encode_jpeg(make_picture(1, 9), kind));
    }
  }
}

// Number of Huffman tables: four. What a progressive scan says of them is only looked at when it is
// read, after this program has asked whether it can decode the file.
TEST(EntropyDecoderTables, NumbersThatNoTableHasAreLeftToLibjpeg) {
  const std::vector<uint8_t> whole =
      encode_jpeg(make_picture(19, 23), {.progressive = true, .quality = 90});
  int scans = 0;
  for (size_t i = 0; i + 8 < whole.size(); ++i) {
    if (whole[i] != 0xFF || whole[i + 1] != 0xDA) continue;  // SOS, its length, components
    ++scans;
    std::vector<uint8_t> changed = whole;
    for (int component = 0; component < whole[i + 4]; ++component) {
      changed[i + 6 + 2 * static_cast<size_t>(component)] = 0x77;
    }
    const std::optional<Image> expected = libjpeg_decode(changed);
    if (expected) {
      EXPECT_EQ(decoded(changed).pixels, expected->pixels);
    } else {
      EXPECT_THROW(decoded(changed), ImageError);
    }
  }
  EXPECT_GT(scans, 2);
}

// One decoder for all of them: flipped bits must be refused or decoded as libjpeg decodes them. It
// alone refuses a run of zeros that leaves its block, which libjpeg does not notice.
TEST_P(EntropyDecoder, DamagedBitsAreNeverDecodedDifferently) {
  JpegKind kind = GetParam().kind;
  kind.quality = 98;
  const std::vector<uint8_t> whole = encode_jpeg(make_noise(40, 40), kind);
  int refused_alone = 0;
  int accepted = 0;
  int refused = 0;
  for (size_t bit = 0; bit < whole.size() * 8; bit += 7) {
    std::vector<uint8_t> damaged = whole;
    damaged[bit / 8] = static_cast<uint8_t>(damaged[bit / 8] ^ (1U << (bit % 8)));
    const std::optional<Image> expected = libjpeg_decode(damaged);
    try {
      const Image image = decoded(damaged);
      ++accepted;
      ASSERT_TRUE(expected.has_value()) << "bit " << bit;
      ASSERT_EQ(image.pixels, expected->pixels) << "bit " << bit;
    } catch (const ImageError&) {
      ++refused;
      refused_alone += expected.has_value() ? 1 : 0;
    }
  }
  EXPECT_GT(accepted, 0);
  EXPECT_GT(refused, refused_alone);
}

INSTANTIATE_TEST_SUITE_P(
    Kinds, EntropyDecoder,
    testing::Values(EntropyCase{"s420", {}},
                    EntropyCase{"s444", {.luma_horizontal = 1, .luma_vertical = 1}},
                    EntropyCase{"s411", {.luma_horizontal = 4, .luma_vertical = 1}},
                    EntropyCase{"gray", {.gray = true}},
                    EntropyCase{"restarts", {.restart_rows = 1}}),
    [](const auto& entropy_case) { return std::string(entropy_case.param.name); });

// Fuzzing found both: a scan that a marker cuts short, and a table that has no codes.
TEST(EntropyDecoderDamage, BytesLeftBeforeAnotherMarkerAreAnError) {
  std::vector<uint8_t> jpeg = encode_jpeg(make_noise(16, 16), {});
  std::vector<uint8_t> extra(40, 1);
  extra.insert(extra.end(), {0xFF, 0xFE, 0, 2});  // a comment without text
  jpeg.insert(jpeg.end() - 2, extra.begin(), extra.end());
  ASSERT_FALSE(libjpeg_decode(jpeg).has_value());
  EXPECT_THROW(decoded(jpeg), ImageError);
}

TEST(EntropyDecoderDamage, ATableWithoutCodesIsAnError) {
  std::vector<uint8_t> jpeg = encode_jpeg(make_noise(16, 16), {.gray = true});
  const std::vector<uint8_t> ac_table = {0xFF, 0xC4, 0, 181, 0x10};
  const auto table = std::search(jpeg.begin(), jpeg.end(), ac_table.begin(), ac_table.end());
  ASSERT_NE(table, jpeg.end());
  table[3] = 19;
  std::fill_n(table + 5, 16, uint8_t{0});
  jpeg.erase(table + 21, table + 2 + 181);
  ASSERT_FALSE(libjpeg_decode(jpeg).has_value());
  EXPECT_THROW(decoded(jpeg), ImageError);
}

TEST(CopyScan, EndsAtAMarkerAndDropsStuffing) {
  std::vector<uint8_t> output;
  const std::vector<uint8_t> input = {1, 0xFF, 0, 2, 0xFF, 0xFF, 0, 3, 0xFF, 0xFF, 0xD9, 4};
  const ScanBytes scan = copy_scan(input, 2, output);
  EXPECT_EQ(scan.marker, 9U);  // the marker's own FF, after one that fills
  ASSERT_EQ(scan.bytes, 5U);
  EXPECT_EQ(std::vector<uint8_t>(output.begin(), output.begin() + 7),
            (std::vector<uint8_t>{1, 0xFF, 2, 0xFF, 3, 0, 0}));
}

TEST(CopyScan, WithoutAMarkerItEndsWithTheInput) {
  std::vector<uint8_t> output;
  for (const std::vector<uint8_t>& input :
       {std::vector<uint8_t>{}, {7}, {7, 0xFF}, {7, 0xFF, 0xFF}, {7, 0xFF, 0}}) {
    EXPECT_EQ(copy_scan(input, 4, output).marker, input.size());
  }
}

}  // namespace
}  // namespace train_backbone::data
