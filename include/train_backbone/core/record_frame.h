#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>

// The frame around each record of a TFRecord file (data/README.md has the picture):
//   uint64 length | uint32 masked crc32c(length) | length bytes | uint32 masked crc32c(bytes)
// all little-endian. TensorBoard event files use the same frame.
namespace train_backbone::core {

inline constexpr uint64_t kFrameHeaderBytes = 12;
inline constexpr uint64_t kFrameFooterBytes = 4;
inline constexpr uint64_t kFrameBytes = kFrameHeaderBytes + kFrameFooterBytes;

std::array<uint8_t, kFrameHeaderBytes> frame_header(uint64_t length);
std::array<uint8_t, kFrameFooterBytes> frame_footer(std::span<const uint8_t> record);

// The record's length, or nothing when the length's checksum does not match.
std::optional<uint64_t> parse_frame_header(std::span<const uint8_t, kFrameHeaderBytes> header);
// Whether the checksum after the record matches its bytes.
bool frame_footer_matches(std::span<const uint8_t> record,
                          std::span<const uint8_t, kFrameFooterBytes> footer);

}  // namespace train_backbone::core
