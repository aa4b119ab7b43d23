#pragma once

#include <cstdint>
#include <optional>
#include <span>

namespace train_backbone::fuzz {

// The frame of a TFRecord, written a second time in the plainest way to check the reader with.

// CRC-32C a byte at a time (RFC 3720, appendix B.4), rotated and offset as TFRecord stores it.
uint32_t plain_masked_crc(std::span<const uint8_t> bytes);
uint64_t plain_number(std::span<const uint8_t> bytes);  // little-endian

// The record that begins at `bytes`, whose both checksums are right; nothing when there is none.
std::optional<std::span<const uint8_t>> plain_record(std::span<const uint8_t> bytes);

// Makes the checksums of every frame right, so that damage gets behind them. A length that leads
// past the end keeps its value where `keep_lengths` says so (its own checksum becomes right), else
// it becomes what is left.
void repair_frames(std::span<uint8_t> bytes, bool keep_lengths);

}  // namespace train_backbone::fuzz
