#include "train_backbone/data/image/transform.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "encode_jpeg.h"
#include "pictures.h"
#include "train_backbone/core/errors.h"

namespace train_backbone::data {
namespace {

std::vector<uint8_t> applied(ImageTransform& transform, const std::vector<uint8_t>& encoded,
                             int size, uint64_t sample = 0) {
  core::SampleRng rng(21, core::RngStream::kAugment, 0, sample);
  std::vector<uint8_t> pixels(static_cast<size_t>(size) * static_cast<size_t>(size) * 3);
  transform.apply(encoded, rng, pixels);
  return pixels;
}

struct EvaluationCase {
  int size;
  double crop_pct;
  const char* golden;
};

// Tolerance 0, also where the golden decoded the whole picture and the transform its centre only.
TEST(EvaluationTransform, EqualsTensorFlow) {
  for (const auto& [size, crop_pct, golden] : {EvaluationCase{56, 0.875, "_56_of_64.rgb"},
                                               {48, 1.0, "_48_of_48.rgb"},
                                               {224, 0.875, "_224_of_256.rgb"}}) {
    for (const std::string name : {"wide", "tall"}) {
      const auto transform = make_evaluation_transform(size, crop_pct);
      EXPECT_EQ(greatest_difference(applied(*transform, read_golden(name + ".jpg"), size),
                                    read_golden(name + golden)),
                0)
          << name << golden;
    }
  }
}

// 48 / h * h is below 48 in float32 for some heights: there must still be 48 rows to take.
TEST(EvaluationTransform, WithoutAMarginASquareIsPlainlyResized) {
  const auto transform = make_evaluation_transform(48, 1.0);
  const auto resize = make_training_transform("none", 48);
  for (int side = 1; side < 130; ++side) {
    const std::vector<uint8_t> picture = encode_jpeg(make_picture(side, side), {});
    EXPECT_EQ(applied(*transform, picture, 48), applied(*resize, picture, 48)) << side;
  }
}

TEST(EvaluationTransform, TakesVeryLongPictures) {
  const auto transform = make_evaluation_transform(32, 0.875);
  EXPECT_NO_THROW(applied(*transform, encode_jpeg(make_picture(1, 3000), {}), 32));
  EXPECT_NO_THROW(applied(*transform, encode_jpeg(make_picture(3000, 1), {}), 32));
}

TEST(TrainingTransform, NoneIsAPlainResize) {
  const auto transform = make_training_transform("none", 24);
  EXPECT_EQ(applied(*transform, read_golden("png_rgb.png"), 24), read_golden("resize_24x24.rgb"));
}

TEST(TrainingTransform, FlipGivesTheTwoSidesAboutEquallyOften) {
  const auto transform = make_training_transform("flip", 40);
  const std::vector<uint8_t> flipped = read_golden("resize_flipped.rgb");
  const auto plain_transform = make_training_transform("none", 40);
  const std::vector<uint8_t> picture = read_golden("png_rgb.png");
  const std::vector<uint8_t> plain = applied(*plain_transform, picture, 40);
  int flips = 0;
  for (uint64_t sample = 0; sample < 400; ++sample) {
    const std::vector<uint8_t> result = applied(*transform, picture, 40, sample);
    ASSERT_TRUE(result == plain || result == flipped);
    flips += result == flipped ? 1 : 0;
  }
  EXPECT_NEAR(flips, 200, 40);  // four standard deviations
}

TEST(TrainingTransform, OriginalDependsOnTheSampleNotOnWhatCameBefore) {
  const std::vector<uint8_t> picture = read_golden("wide.jpg");
  const auto transform = make_training_transform("original", 32);
  std::set<std::vector<uint8_t>> seen;
  for (uint64_t sample = 0; sample < 20; ++sample) {
    const std::vector<uint8_t> result = applied(*transform, picture, 32, sample);
    applied(*transform, read_golden("cmyk_adobe.jpg"), 32, sample);
    EXPECT_EQ(applied(*transform, picture, 32, sample), result);
    EXPECT_EQ(applied(*transform->clone(), picture, 32, sample), result);
    seen.insert(result);
  }
  EXPECT_EQ(seen.size(), 20U);
}

TEST(TrainingTransform, EveryKindTakesAPictureOfOnePixel) {
  for (const char* augment : {"original", "flip", "none"}) {
    const auto transform = make_training_transform(augment, 8);
    const std::vector<uint8_t> result = applied(*transform, read_golden("one.jpg"), 8);
    const std::vector<uint8_t> pixel = read_golden("one.rgb");
    EXPECT_EQ(std::vector<uint8_t>(result.end() - 3, result.end()), pixel) << augment;
  }
}

// Decoding, box and resize: each of the three shows.
TEST(TrainingTransform, EverySemanticsGivesOtherPixels) {
  const std::vector<uint8_t> picture = read_golden("wide.jpg");
  std::set<std::vector<uint8_t>> seen;
  for (const char* augment : {"original", "none"}) {
    for (const char* name : {"tf", "torchvision", "TF-exact"}) {
      const auto transform = make_training_transform(augment, 32, parse_augment_semantics(name));
      seen.insert(applied(*transform, picture, 32, 4));
      EXPECT_EQ(seen.count(applied(*transform->clone(), picture, 32, 4)), 1U) << name;
    }
  }
  EXPECT_EQ(seen.size(), 6U);
}

TEST(TrainingTransform, UnknownSemanticsNamesTheNearest) {
  EXPECT_THAT([] { parse_augment_semantics("torchvison"); },
              testing::ThrowsMessage<core::UsageError>(testing::HasSubstr("'torchvision'")));
}

TEST(TrainingTransform, UnknownAugmentationNamesTheNearest) {
  EXPECT_THAT([] { make_training_transform("flp", 8); },
              testing::ThrowsMessage<core::UsageError>(testing::HasSubstr("'flip'")));
}

}  // namespace
}  // namespace train_backbone::data
