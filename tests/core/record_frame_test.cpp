#include "train_backbone/core/record_frame.h"

#include <gtest/gtest.h>

#include <string_view>

namespace train_backbone::core {
namespace {

std::span<const uint8_t> as_bytes(std::string_view text) {
  return {reinterpret_cast<const uint8_t*>(text.data()), text.size()};
}

TEST(RecordFrame, HeaderGivesBackEveryLength) {
  for (const uint64_t length :
       {uint64_t{0}, uint64_t{1}, uint64_t{255}, uint64_t{1} << 33, uint64_t{0xFFFFFFFFFFFFFFFF}}) {
    EXPECT_EQ(parse_frame_header(frame_header(length)), length);
  }
}

// The twelve bytes that TensorFlow 2.21 puts before a record of 5 bytes and the four behind
// "hello".
TEST(RecordFrame, HasTheBytesThatTensorFlowWrites) {
  const std::array<uint8_t, 12> header = {0x05, 0x00, 0x00, 0x00, 0x00, 0x00,
                                          0x00, 0x00, 0xEA, 0xB2, 0x04, 0x3E};
  const std::array<uint8_t, 4> footer = {0xBB, 0x1F, 0x1C, 0x19};
  EXPECT_EQ(frame_header(5), header);
  EXPECT_EQ(frame_footer(as_bytes("hello")), footer);
}

TEST(RecordFrame, EveryFlippedBitOfAHeaderIsSeen) {
  const auto whole = frame_header(70'000);
  for (size_t bit = 0; bit < 8 * whole.size(); ++bit) {
    auto damaged = whole;
    damaged[bit / 8] ^= static_cast<uint8_t>(1U << (bit % 8));
    EXPECT_EQ(parse_frame_header(damaged), std::nullopt) << "bit " << bit;
  }
}

TEST(RecordFrame, FooterBelongsToItsBytesOnly) {
  const auto footer = frame_footer(as_bytes("record"));
  EXPECT_TRUE(frame_footer_matches(as_bytes("record"), footer));
  EXPECT_FALSE(frame_footer_matches(as_bytes("recorD"), footer));
  EXPECT_FALSE(frame_footer_matches(as_bytes("recor"), footer));
  EXPECT_TRUE(frame_footer_matches({}, frame_footer({})));
}

}  // namespace
}  // namespace train_backbone::core
