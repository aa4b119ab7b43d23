#include "picture_repair.h"

#include <zlib.h>

#include <cstddef>

namespace train_backbone::fuzz {
namespace {

constexpr size_t kSignature = 8;
constexpr size_t kLength = 4;
constexpr size_t kType = 4;
constexpr size_t kChecksum = 4;

uint32_t big_endian(std::span<const uint8_t> bytes) {
  return uint32_t{bytes[0]} << 24 | uint32_t{bytes[1]} << 16 | uint32_t{bytes[2]} << 8 | bytes[3];
}

}  // namespace

void repair_png(std::span<uint8_t> bytes) {
  if (bytes.size() < kSignature || bytes[0] != 0x89) return;
  bytes = bytes.subspan(kSignature);
  while (bytes.size() >= kLength + kType + kChecksum) {
    const size_t length = big_endian(bytes);
    if (length > bytes.size() - kLength - kType - kChecksum) return;
    const std::span<uint8_t> checked = bytes.subspan(kLength, kType + length);
    const auto checksum =
        static_cast<uint32_t>(::crc32(0, checked.data(), static_cast<uInt>(checked.size())));
    uint8_t* stored = checked.data() + checked.size();
    for (unsigned i = 0; i < kChecksum; ++i) {
      stored[i] = static_cast<uint8_t>(checksum >> (24 - 8 * i));
    }
    bytes = bytes.subspan(kLength + kType + length + kChecksum);
  }
}

}  // namespace train_backbone::fuzz
