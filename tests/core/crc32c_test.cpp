#include "train_backbone/core/crc32c.h"

#include <gtest/gtest.h>

#include <array>
#include <numeric>
#include <string_view>
#include <vector>

namespace train_backbone::core {
namespace {

// The definition, bit by bit: nothing shared with the table and the instruction under test.
uint32_t bitwise_crc32c(std::span<const uint8_t> bytes) {
  uint32_t crc = 0xFFFFFFFFU;
  for (const uint8_t byte : bytes) {
    crc ^= byte;
    for (int bit = 0; bit < 8; ++bit) crc = (crc & 1U) != 0 ? (crc >> 1) ^ 0x82F63B78U : crc >> 1;
  }
  return ~crc;
}

std::vector<uint8_t> some_bytes(size_t count) {
  std::vector<uint8_t> bytes(count);
  uint32_t state = 12345;
  for (uint8_t& byte : bytes) {
    state = state * 1664525U + 1013904223U;
    byte = static_cast<uint8_t>(state >> 24);
  }
  return bytes;
}

TEST(Crc32c, GivesTheVectorsOfRfc3720) {
  std::array<uint8_t, 32> bytes{};
  EXPECT_EQ(crc32c(bytes), 0x8A9136AAU);
  bytes.fill(0xFF);
  EXPECT_EQ(crc32c(bytes), 0x62A8AB43U);
  std::iota(bytes.begin(), bytes.end(), uint8_t{0});
  EXPECT_EQ(crc32c(bytes), 0x46DD794EU);
  std::iota(bytes.rbegin(), bytes.rend(), uint8_t{0});
  EXPECT_EQ(crc32c(bytes), 0x113FDB5CU);
  // An iSCSI read command.
  const std::array<uint8_t, 48> command = {0x01, 0xC0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,  0, 0, 0, 0,
                                           0x14, 0,    0, 0, 0, 0, 4, 0, 0, 0, 0, 20, 0, 0, 0, 0x18,
                                           0x28, 0,    0, 0, 0, 0, 0, 0, 2, 0, 0, 0,  0, 0, 0, 0};
  EXPECT_EQ(crc32c(command), 0xD9963A56U);
}

TEST(Crc32c, IsTheDefinitionForEveryShortLengthAndAlignment) {
  const std::vector<uint8_t> bytes = some_bytes(100);
  for (size_t begin = 0; begin < 9; ++begin) {
    for (size_t length = 0; begin + length <= bytes.size(); ++length) {
      const auto part = std::span(bytes).subspan(begin, length);
      ASSERT_EQ(crc32c(part), bitwise_crc32c(part)) << begin << " + " << length;
    }
  }
}

TEST(Crc32c, IsTheDefinitionForManyBytes) {
  const std::vector<uint8_t> bytes = some_bytes(1'000'003);
  EXPECT_EQ(crc32c(bytes), bitwise_crc32c(bytes));
}

TEST(Crc32c, ContinuesAtAnyPlace) {
  const std::vector<uint8_t> bytes = some_bytes(50);
  const uint32_t whole = crc32c(bytes);
  for (size_t cut = 0; cut <= bytes.size(); ++cut) {
    const auto [first, second] =
        std::pair(std::span(bytes).first(cut), std::span(bytes).subspan(cut));
    EXPECT_EQ(crc32c(second, crc32c(first)), whole) << cut;
  }
}

TEST(Crc32c, OfNothingIsZero) { EXPECT_EQ(crc32c({}), 0U); }

TEST(Crc32c, MaskCanBeTakenOff) {
  for (const uint32_t crc : {0U, 1U, 0x8A9136AAU, 0xFFFFFFFFU}) {
    EXPECT_EQ(unmask_crc(mask_crc(crc)), crc);
    EXPECT_NE(mask_crc(crc), crc);
  }
}

}  // namespace
}  // namespace train_backbone::core
