#include "frame_repair.h"

#include <array>
#include <cstddef>

namespace train_backbone::fuzz {
namespace {

constexpr size_t kLength = 8;
constexpr size_t kChecksum = 4;
constexpr size_t kFrame = kLength + 2 * kChecksum;

constexpr std::array<uint32_t, 256> make_table() {
  std::array<uint32_t, 256> table = {};
  for (uint32_t byte = 0; byte < table.size(); ++byte) {
    uint32_t crc = byte;
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1) != 0 ? 0x82F63B78U : 0);
    table[byte] = crc;
  }
  return table;
}
constexpr std::array<uint32_t, 256> kTable = make_table();

void store(uint64_t value, std::span<uint8_t> bytes) {
  for (size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<uint8_t>(value >> (8 * i));
}

}  // namespace

uint32_t plain_masked_crc(std::span<const uint8_t> bytes) {
  uint32_t crc = ~uint32_t{0};
  for (const uint8_t byte : bytes) crc = (crc >> 8) ^ kTable[(crc ^ byte) & 0xFF];
  crc = ~crc;
  return ((crc >> 15) | (crc << 17)) + 0xA282EAD8U;
}

uint64_t plain_number(std::span<const uint8_t> bytes) {
  uint64_t value = 0;
  for (size_t i = 0; i < bytes.size(); ++i) value |= uint64_t{bytes[i]} << (8 * i);
  return value;
}

std::optional<std::span<const uint8_t>> plain_record(std::span<const uint8_t> bytes) {
  if (bytes.size() < kFrame) return std::nullopt;
  const uint64_t length = plain_number(bytes.first(kLength));
  if (plain_number(bytes.subspan(kLength, kChecksum)) != plain_masked_crc(bytes.first(kLength)) ||
      length > bytes.size() - kFrame) {
    return std::nullopt;
  }
  const auto record = bytes.subspan(kLength + kChecksum, length);
  const auto footer = bytes.subspan(kLength + kChecksum + length, kChecksum);
  if (plain_number(footer) != plain_masked_crc(record)) return std::nullopt;
  return record;
}

void repair_frames(std::span<uint8_t> bytes, bool keep_lengths) {
  while (bytes.size() >= kFrame) {
    uint64_t length = plain_number(bytes.first(kLength));
    const bool wild = length > bytes.size() - kFrame;
    if (wild && !keep_lengths) {
      length = bytes.size() - kFrame;
      store(length, bytes.first(kLength));
    }
    store(plain_masked_crc(bytes.first(kLength)), bytes.subspan(kLength, kChecksum));
    if (wild && keep_lengths) return;
    const auto record = bytes.subspan(kLength + kChecksum, length);
    store(plain_masked_crc(record), bytes.subspan(kLength + kChecksum + length, kChecksum));
    bytes = bytes.subspan(kFrame + length);
  }
}

}  // namespace train_backbone::fuzz
