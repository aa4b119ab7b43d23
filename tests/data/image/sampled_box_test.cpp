#include "data/image/sampled_box.h"

#include <gtest/gtest.h>

#include <sstream>

#include "pictures.h"

namespace train_backbone::data {
namespace {

constexpr int kDraws = 40000;

PixelBox draw_box(int height, int width, uint64_t sample) {
  core::SampleRng rng(11, core::RngStream::kAugment, 0, sample);
  return sample_box(height, width, rng);
}

// Means of 40,000 draws on each side; 0.006 is four standard errors of the widest of them.
TEST(SampledBox, IsDistributedAsTensorFlowDraws) {
  const std::vector<uint8_t> golden = read_golden("sampled_boxes.txt");
  std::istringstream lines(std::string(golden.begin(), golden.end()));
  int height = 0;
  int width = 0;
  double area = 0;
  double rows = 0;
  double columns = 0;
  double top = 0;
  double left = 0;
  int sizes = 0;
  while (lines >> height >> width >> area >> rows >> columns >> top >> left) {
    ++sizes;
    double sums[5] = {};
    for (int draw = 0; draw < kDraws; ++draw) {
      const PixelBox box = draw_box(height, width, static_cast<uint64_t>(draw));
      sums[0] += double(box.height) * box.width / (double(height) * width) / kDraws;
      sums[1] += double(box.height) / height / kDraws;
      sums[2] += double(box.width) / width / kDraws;
      sums[3] += double(box.top) / height / kDraws;
      sums[4] += double(box.left) / width / kDraws;
    }
    EXPECT_NEAR(sums[0], area, 0.006) << height << " x " << width;
    EXPECT_NEAR(sums[1], rows, 0.006) << height << " x " << width;
    EXPECT_NEAR(sums[2], columns, 0.006) << height << " x " << width;
    EXPECT_NEAR(sums[3], top, 0.006) << height << " x " << width;
    EXPECT_NEAR(sums[4], left, 0.006) << height << " x " << width;
  }
  EXPECT_EQ(sizes, 4);
}

TEST(SampledBox, StaysWithinPictureAreaAndAspect) {
  for (const auto& [height, width] : {std::pair{375, 500}, {500, 375}, {33, 40}, {2000, 1500}}) {
    bool offset_seen = false;
    for (uint64_t sample = 0; sample < 5000; ++sample) {
      const PixelBox box = draw_box(height, width, sample);
      ASSERT_GE(box.top, 0);
      ASSERT_GE(box.left, 0);
      ASSERT_LE(box.top + box.height, height);
      ASSERT_LE(box.left + box.width, width);
      const double area = double(box.height) * box.width / (double(height) * width);
      ASSERT_GE(area, 0.1 - 1e-6);  // what must be covered exceeds the least area
      const double slack = 1.0 / box.height;
      ASSERT_GE(double(box.width) / box.height, 0.75 - slack);
      ASSERT_LE(double(box.width) / box.height, 1.33 + slack);
      offset_seen |= box.top > 0 && box.left > 0;
      // The quirk of the original: the last offset is never drawn.
      ASSERT_TRUE(box.height == height || box.top < height - box.height);
    }
    EXPECT_TRUE(offset_seen);
  }
}

TEST(SampledBox, TakesTheWholePictureWhenNothingFits) {
  const PixelBox strip = draw_box(1, 500, 3);  // 0.1 of it would need an aspect of 50
  EXPECT_EQ(strip.height, 1);
  EXPECT_EQ(strip.width, 500);
  const PixelBox pixel = draw_box(1, 1, 3);
  EXPECT_EQ(pixel.height, 1);
  EXPECT_EQ(pixel.width, 1);
}

TEST(SampledBox, DependsOnTheRngAlone) {
  const PixelBox one = draw_box(300, 400, 8);
  const PixelBox again = draw_box(300, 400, 8);
  const PixelBox other = draw_box(300, 400, 9);
  EXPECT_EQ(one.height, again.height);
  EXPECT_EQ(one.top, again.top);
  EXPECT_FALSE(one.height == other.height && one.width == other.width && one.top == other.top);
}

}  // namespace
}  // namespace train_backbone::data
