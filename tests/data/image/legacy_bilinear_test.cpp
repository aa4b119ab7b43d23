#include "data/image/legacy_bilinear.h"

#include <gtest/gtest.h>

#include "pictures.h"

namespace train_backbone::data {
namespace {

PixelView view_of(const Image& image) {
  return {.pixels = image.pixels.data(),
          .stride = ptrdiff_t{image.width} * 3,
          .height = image.height,
          .width = image.width};
}

std::vector<uint8_t> resized(const Image& image, int height, int width, bool mirrored = false) {
  std::vector<uint8_t> out(static_cast<size_t>(height) * static_cast<size_t>(width) * 3);
  LegacyBilinear().resize(
      view_of(image), {.source = image.height, .target = height, .count = height},
      {.source = image.width, .target = width, .count = width, .mirrored = mirrored}, out);
  return out;
}

// Tolerance 0: the same float32 operations in the same order, rounded half up.
TEST(LegacyBilinear, EqualsTensorFlow) {
  const Image image = decoded(read_golden("png_rgb.png"));
  EXPECT_EQ(greatest_difference(resized(image, 24, 24), read_golden("resize_24x24.rgb")), 0);
  EXPECT_EQ(greatest_difference(resized(image, 90, 90), read_golden("resize_90x90.rgb")), 0);
  EXPECT_EQ(greatest_difference(resized(image, 20, 100), read_golden("resize_20x100.rgb")), 0);
  EXPECT_EQ(greatest_difference(resized(image, 47, 61), read_golden("resize_47x61.rgb")), 0);
}

TEST(LegacyBilinear, MirroredEqualsTensorFlowsFlipBeforeResize) {
  const Image image = decoded(read_golden("png_rgb.png"));
  EXPECT_EQ(greatest_difference(resized(image, 40, 40, true), read_golden("resize_flipped.rgb")),
            0);
}

TEST(LegacyBilinear, SameSizeCopies) {
  const Image image = make_picture(21, 34);
  EXPECT_EQ(resized(image, 21, 34), image.pixels);
}

TEST(LegacyBilinear, OnePixelFillsEverything) {
  const Image image{.height = 1, .width = 1, .pixels = {9, 200, 41}};
  const std::vector<uint8_t> out = resized(image, 5, 7, true);
  for (size_t at = 0; at < out.size(); at += 3) {
    EXPECT_EQ(out[at], 9);
    EXPECT_EQ(out[at + 1], 200);
    EXPECT_EQ(out[at + 2], 41);
  }
}

TEST(LegacyBilinear, WindowOfAPartEqualsThatPartOfTheWhole) {
  const Image image = make_picture(60, 80);
  const std::vector<uint8_t> whole = resized(image, 33, 100);
  ResizeAxis rows = {.source = 60, .target = 33, .first = 10, .count = 12};
  ResizeAxis columns = {.source = 80, .target = 100, .first = 41, .count = 29};
  const SourceRange y = source_range(rows);
  const SourceRange x = source_range(columns);
  EXPECT_GT(y.first, 0);
  EXPECT_LT(x.end, 80);
  rows.origin = y.first;
  columns.origin = x.first;
  PixelView part = view_of(image);
  part.pixels += y.first * part.stride + ptrdiff_t{x.first} * 3;
  std::vector<uint8_t> out(12 * 29 * 3);
  LegacyBilinear().resize(part, rows, columns, out);
  for (size_t row = 0; row < 12; ++row) {
    for (size_t value = 0; value < 29 * 3; ++value) {
      ASSERT_EQ(out[row * 29 * 3 + value], whole[((row + 10) * 100 + 41) * 3 + value]);
    }
  }
}

}  // namespace
}  // namespace train_backbone::data
