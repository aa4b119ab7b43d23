#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "train_backbone/core/crc32c.h"
#include "train_backbone/core/format.h"

namespace train_backbone::io {

inline constexpr size_t kChecksumTextBytes = 8;

// How this room spells a CRC-32C in text: eight lower-case hexadecimal digits.
inline std::string checksum_text(uint32_t crc) { return core::format("{:08x}", crc); }

inline std::string checksum_text(std::string_view text) {
  return checksum_text(core::crc32c({reinterpret_cast<const uint8_t*>(text.data()), text.size()}));
}

}  // namespace train_backbone::io
