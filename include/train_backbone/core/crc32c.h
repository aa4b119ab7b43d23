#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace train_backbone::core {

// CRC-32C (Castagnoli), as in iSCSI (RFC 3720) and TFRecord. Uses the CPU's instruction where there
// is one. `seed` continues a checksum: crc32c(b, crc32c(a)) == crc32c(a followed by b).
uint32_t crc32c(std::span<const uint8_t> bytes, uint32_t seed = 0);

// TFRecord stores checksums rotated and offset, so that the CRC of data that holds CRCs stays good.
constexpr uint32_t mask_crc(uint32_t crc) { return ((crc >> 15) | (crc << 17)) + 0xa282ead8U; }
constexpr uint32_t unmask_crc(uint32_t masked) {
  const uint32_t rotated = masked - 0xa282ead8U;
  return (rotated >> 17) | (rotated << 15);
}

}  // namespace train_backbone::core
