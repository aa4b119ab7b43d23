#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <ctime>

#include "hostile_pictures.h"
#include "memory_growth.h"
#include "pictures.h"
#include "train_backbone/core/rng.h"
#include "train_backbone/data/image/decode.h"
#include "train_backbone/data/image/transform.h"

// Pictures made to harm: read, or refused with the reason, in bounded time and memory, the same way
// each time.
namespace train_backbone::data {
namespace {

using testing::HasSubstr;

constexpr int kSize = 32;
constexpr int64_t kMaxGrowth = int64_t{64} << 20;
// Of the processor, as other programs may slow this one down; generous for the sanitizers' sake.
constexpr double kMaxSeconds = 10;

double processor_seconds() { return static_cast<double>(std::clock()) / CLOCKS_PER_SEC; }

struct PictureOutcome {
  std::vector<uint8_t> pixels;
  std::string error;
  bool operator==(const PictureOutcome&) const = default;
};

PictureOutcome transformed(ImageTransform& transform, const std::vector<uint8_t>& encoded) {
  PictureOutcome outcome;
  outcome.pixels.resize(size_t{kSize} * kSize * 3);
  core::SampleRng rng(1, core::RngStream::kAugment, 0, 0);
  try {
    transform.apply(encoded, rng, outcome.pixels);
  } catch (const ImageError& error) {
    outcome = {{}, error.what()};
  }
  return outcome;
}

void expect_as_told(const HostilePicture& picture, const PictureOutcome& outcome) {
  if (!picture.error.empty()) {
    EXPECT_THAT(outcome.error, HasSubstr(picture.error));
    return;
  }
  EXPECT_EQ(outcome.error, "");
  if (!picture.expected.empty()) {
    EXPECT_LE(greatest_difference(decoded(picture.bytes).pixels, read_golden(picture.expected)), 0);
  }
}

// Each one twice, with a transform that has met all others.
void expect_all_as_told(const std::vector<HostilePicture>& pictures) {
  const auto transform = make_training_transform("none", kSize);
  transformed(*transform, read_golden("ycc420.jpg"));
  const MemoryGrowth growth;
  for (const HostilePicture& picture : pictures) {
    SCOPED_TRACE(picture.name);
    const double begin = processor_seconds();
    const PictureOutcome outcome = transformed(*transform, picture.bytes);
    EXPECT_LT(processor_seconds() - begin, kMaxSeconds);
    expect_as_told(picture, outcome);
    EXPECT_EQ(transformed(*transform, picture.bytes), outcome);
  }
  EXPECT_LT(growth.peak_bytes(), kMaxGrowth);
}

TEST(HostilePictures, AreReadOrRefusedWithTheReason) {
  expect_all_as_told(make_hostile_pictures());
}

TEST(HostilePictures, NoBeginningOfAPictureIsTakenForAWhole) {
  expect_all_as_told(make_truncated_pictures());
}

// A pass over a large picture costs more: fewer are allowed.
TEST(HostilePictures, ManyScansOfALargePictureAreRefused) {
  const auto transform = make_training_transform("none", kSize);
  const double begin = processor_seconds();
  const PictureOutcome outcome = transformed(*transform, make_scan_bomb(8192, 150));
  EXPECT_LT(processor_seconds() - begin, kMaxSeconds);
  EXPECT_THAT(outcome.error, HasSubstr("8192 x 8192 pixels with more than 64 scans"));
}

}  // namespace
}  // namespace train_backbone::data
