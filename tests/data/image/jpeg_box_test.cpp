#include <gtest/gtest.h>

#include <algorithm>

#include "data/image/image_decoder.h"
#include "encode_jpeg.h"
#include "pictures.h"
#include "train_backbone/core/rng.h"

namespace train_backbone::data {
namespace {

struct BoxCase {
  const char* name;
  JpegKind kind;
  int height;
  int width;
};

class JpegBox : public testing::TestWithParam<BoxCase> {
 protected:
  void SetUp() override {
    encoded_ = encode_jpeg(make_picture(GetParam().height, GetParam().width), GetParam().kind);
    whole_ = decoded(encoded_);
  }

  void expect_equal(const PixelBox& box) {
    decoder_.open(encoded_);
    const PixelView view = decoder_.decode(box, pixels_);
    for (int row = 0; row < box.height; ++row) {
      const uint8_t* actual = view.pixels + row * view.stride;
      const uint8_t* expected =
          whole_.pixels.data() +
          (static_cast<ptrdiff_t>(box.top + row) * whole_.width + box.left) * 3;
      ASSERT_TRUE(std::equal(expected, expected + ptrdiff_t{box.width} * 3, actual))
          << "row " << row << " of box " << box.top << " " << box.left << " " << box.height << " "
          << box.width;
    }
  }

  std::vector<uint8_t> encoded_;
  Image whole_;
  ImageDecoder decoder_;
  std::vector<uint8_t> pixels_;
};

TEST_P(JpegBox, RandomBoxesEqualAWholeDecode) {
  core::SampleRng rng(5, core::RngStream::kInit, 0, 0);
  const auto draw = [&rng](int below) {
    return static_cast<int>(rng.below(static_cast<uint32_t>(below)));
  };
  for (int attempt = 0; attempt < 100; ++attempt) {
    PixelBox box;
    box.height = 1 + draw(whole_.height);
    box.width = 1 + draw(whole_.width);
    box.top = draw(whole_.height - box.height + 1);
    box.left = draw(whole_.width - box.width + 1);
    ASSERT_NO_FATAL_FAILURE(expect_equal(box));
  }
}

TEST_P(JpegBox, EveryEdgePositionEqualsAWholeDecode) {
  for (int offset = 0; offset <= 33; ++offset) {
    const int width = std::min(80, whole_.width - offset);
    const int height = std::min(50, whole_.height - offset);
    ASSERT_NO_FATAL_FAILURE(expect_equal({0, offset, 3, width}));
    ASSERT_NO_FATAL_FAILURE(expect_equal({offset, 0, height, whole_.width}));
    ASSERT_NO_FATAL_FAILURE(expect_equal({offset, offset, 1, width}));
    ASSERT_NO_FATAL_FAILURE(expect_equal({whole_.height - 1, 0, 1, whole_.width - offset}));
  }
}

TEST_P(JpegBox, NarrowBoxesEqualAWholeDecode) {
  for (int width = 1; width <= 6; ++width) {
    for (int left = 0; left <= 17; ++left) {
      ASSERT_NO_FATAL_FAILURE(expect_equal({17, left, 4, width}));
      ASSERT_NO_FATAL_FAILURE(expect_equal({0, whole_.width - width - left, 2, width}));
    }
  }
}

INSTANTIATE_TEST_SUITE_P(
    Kinds, JpegBox,
    testing::Values(BoxCase{"s420", {}, 150, 203},
                    BoxCase{"s444", {.luma_horizontal = 1, .luma_vertical = 1}, 150, 203},
                    BoxCase{"s422", {.luma_vertical = 1}, 150, 203},
                    BoxCase{"s440", {.luma_horizontal = 1}, 150, 203},
                    BoxCase{"s411", {.luma_horizontal = 4, .luma_vertical = 1}, 150, 203},
                    BoxCase{"s410", {.luma_horizontal = 4}, 150, 203},
                    BoxCase{"gray", {.gray = true}, 150, 203},
                    BoxCase{"progressive", {.progressive = true}, 150, 203},
                    BoxCase{"coarse", {.coarse = true}, 150, 203},
                    BoxCase{"separate_scans", {.separate_scans = true}, 150, 203},
                    BoxCase{"restarts", {.restart_rows = 1}, 150, 203},
                    BoxCase{"small", {}, 48, 66}, BoxCase{"exact_blocks", {}, 64, 160}),
    [](const auto& box_case) { return std::string(box_case.param.name); });

}  // namespace
}  // namespace train_backbone::data
