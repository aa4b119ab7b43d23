#include "train_backbone/core/record_frame.h"

#include "train_backbone/core/crc32c.h"

namespace train_backbone::core {
namespace {

template <class Integer>
Integer load_little_endian(std::span<const uint8_t> bytes) {
  Integer value = 0;
  for (size_t i = 0; i < sizeof(Integer); ++i) value |= Integer{bytes[i]} << (8 * i);
  return value;
}

template <class Integer>
void store_little_endian(Integer value, std::span<uint8_t> bytes) {
  for (size_t i = 0; i < sizeof(Integer); ++i) bytes[i] = static_cast<uint8_t>(value >> (8 * i));
}

}  // namespace

std::array<uint8_t, kFrameHeaderBytes> frame_header(uint64_t length) {
  std::array<uint8_t, kFrameHeaderBytes> header{};
  const std::span<uint8_t> bytes(header);
  store_little_endian(length, bytes);
  store_little_endian(mask_crc(crc32c(bytes.first(sizeof(length)))), bytes.subspan(sizeof(length)));
  return header;
}

std::array<uint8_t, kFrameFooterBytes> frame_footer(std::span<const uint8_t> record) {
  std::array<uint8_t, kFrameFooterBytes> footer{};
  store_little_endian(mask_crc(crc32c(record)), footer);
  return footer;
}

std::optional<uint64_t> parse_frame_header(std::span<const uint8_t, kFrameHeaderBytes> header) {
  const auto length_bytes = header.first<sizeof(uint64_t)>();
  const auto stored = load_little_endian<uint32_t>(header.last<sizeof(uint32_t)>());
  if (mask_crc(crc32c(length_bytes)) != stored) return std::nullopt;
  return load_little_endian<uint64_t>(length_bytes);
}

bool frame_footer_matches(std::span<const uint8_t> record,
                          std::span<const uint8_t, kFrameFooterBytes> footer) {
  return mask_crc(crc32c(record)) == load_little_endian<uint32_t>(footer);
}

}  // namespace train_backbone::core
