#include <gtest/gtest.h>
#include <hwy/targets.h>

#include <vector>

#include "data/image/legacy_bilinear.h"
#include "pictures.h"
#include "scalar_bilinear.h"

namespace train_backbone::data {
namespace {

// The kinds of CPU that this one can play, each as one bit.
std::vector<int64_t> playable_targets() {
  std::vector<int64_t> targets;
  for (uint64_t left = static_cast<uint64_t>(hwy::SupportedTargets()); left != 0;
       left &= left - 1) {
    targets.push_back(static_cast<int64_t>(left & ~(left - 1)));
  }
  return targets;
}

class EveryCpu : public testing::TestWithParam<int64_t> {
 protected:
  void SetUp() override {
    hwy::SetSupportedTargetsForTest(GetParam());
    hwy::GetChosenTarget().Update(GetParam());
  }
  void TearDown() override {
    hwy::SetSupportedTargetsForTest(0);
    hwy::GetChosenTarget().Update(hwy::SupportedTargets());
  }
};

PixelView view_of(const std::vector<uint8_t>& pixels, int height, int width, int stride_pixels) {
  return {.pixels = pixels.data(),
          .stride = ptrdiff_t{stride_pixels} * 3,
          .height = height,
          .width = width};
}

void expect_plain(const PixelView& source, const ResizeAxis& rows, const ResizeAxis& columns) {
  std::vector<uint8_t> out(size_t{3} * static_cast<size_t>(rows.count) *
                           static_cast<size_t>(columns.count));
  LegacyBilinear().resize(source, rows, columns, out);
  ASSERT_EQ(out, scalar_bilinear(source, rows, columns))
      << source.height << " x " << source.width << " to " << rows.count << " x " << columns.count
      << (columns.mirrored ? ", mirrored" : "");
}

// The pixels end where the vector does, so that an address sanitizer sees a read behind them.
TEST_P(EveryCpu, ResizesAsThePlainLoop) {
  for (const int height : {1, 2, 3, 17, 64}) {
    for (const int width : {1, 2, 3, 7, 33, 64}) {
      const Image image = make_picture(height, width);
      const std::vector<uint8_t> pixels(image.pixels.begin(), image.pixels.end());
      for (const int side : {1, 2, 5, 8, 9, 31, 64, 100}) {
        for (const bool mirrored : {false, true}) {
          ASSERT_NO_FATAL_FAILURE(expect_plain(
              view_of(pixels, height, width, width),
              {.source = height, .target = side, .count = side},
              {.source = width, .target = side + 3, .count = side + 3, .mirrored = mirrored}));
        }
      }
    }
  }
}

TEST_P(EveryCpu, ResizesAPartAsThePlainLoop) {
  const Image image = make_picture(90, 120);
  for (const int first : {0, 1, 13, 50}) {
    ResizeAxis rows = {.source = 90, .target = 77, .first = first, .count = 20};
    ResizeAxis columns = {.source = 120, .target = 133, .first = first + 3, .count = 41};
    rows.origin = source_range(rows).first;
    columns.origin = source_range(columns).first;
    PixelView part = view_of(image.pixels, source_range(rows).end - rows.origin,
                             source_range(columns).end - columns.origin, 120);
    part.pixels += rows.origin * part.stride + ptrdiff_t{columns.origin} * 3;
    ASSERT_NO_FATAL_FAILURE(expect_plain(part, rows, columns));
  }
}

INSTANTIATE_TEST_SUITE_P(Targets, EveryCpu, testing::ValuesIn(playable_targets()),
                         [](const auto& target) {
                           return std::string(hwy::TargetName(target.param));
                         });

}  // namespace
}  // namespace train_backbone::data
