#include "commands/sample_pictures.h"

#include <gtest/gtest.h>

namespace train_backbone::commands {
namespace {

// Every pixel of picture i is i.
data::Batch batch_of(int64_t size, int height, int width) {
  data::Batch batch{.size = size,
                    .height = height,
                    .width = width,
                    .images = {},
                    .labels = {},
                    .records = {},
                    .epochs = {},
                    .damaged = {}};
  for (int64_t i = 0; i < size; ++i) {
    batch.images.insert(batch.images.end(), static_cast<size_t>(3 * height * width),
                        static_cast<uint8_t>(i));
  }
  return batch;
}

int red_at(const Picture& picture, int y, int x) {
  return picture.pixels.at(static_cast<size_t>(3 * (y * picture.width + x)));
}

TEST(SamplePictures, StandSideBySideFourInARow) {
  const Picture picture = sample_pictures(batch_of(6, 2, 3));
  ASSERT_EQ(picture.height, 4);
  ASSERT_EQ(picture.width, 12);
  for (int y = 0; y < 4; ++y) {
    for (int x = 0; x < 12; ++x) {
      const int number = y / 2 * 4 + x / 3;
      EXPECT_EQ(red_at(picture, y, x), number < 6 ? number : 0) << y << ' ' << x;
    }
  }
}

TEST(SamplePictures, AreSixteenAtMost) {
  const Picture many = sample_pictures(batch_of(100, 2, 2));
  EXPECT_EQ(many.height, 8);
  EXPECT_EQ(red_at(many, 7, 7), 15);
  const Picture two = sample_pictures(batch_of(2, 2, 2));
  EXPECT_EQ(two.width, 4);
  EXPECT_EQ(two.height, 2);
  EXPECT_TRUE(sample_pictures(data::Batch{}).pixels.empty());
}

}  // namespace
}  // namespace train_backbone::commands
