#include "data/prepare/tar_reader.h"

#include <algorithm>
#include <charconv>
#include <string_view>
#include <utility>

#include "train_backbone/core/errors.h"
#include "train_backbone/core/format.h"

namespace train_backbone::data {
namespace {

// Fields of a header block (POSIX.1-1988 ustar): where they begin and how long they are.
constexpr size_t kNameLength = 100;
constexpr size_t kSizeBegin = 124;
constexpr size_t kSizeLength = 12;
constexpr size_t kChecksumBegin = 148;
constexpr size_t kChecksumLength = 8;
constexpr size_t kKindBegin = 156;
constexpr size_t kMagicBegin = 257;
constexpr size_t kPrefixBegin = 345;
constexpr size_t kPrefixLength = 155;
constexpr uint64_t kMaxExtensionBytes = uint64_t{1} << 20;

template <class Block>
std::string text_field(const Block& block, size_t begin, size_t length) {
  const auto first = block.begin() + static_cast<std::ptrdiff_t>(begin);
  return {first, std::find(first, first + static_cast<std::ptrdiff_t>(length), uint8_t{0})};
}

}  // namespace

TarReader::TarReader(const core::FileDescriptor& file, std::filesystem::path path, uint64_t begin,
                     uint64_t end)
    : file_(file), path_(std::move(path)), position_(begin), end_(end) {}

std::optional<TarMember> TarReader::next() {
  Block block{};
  while (read_block(block)) {
    // Blocks of zeros end an archive.
    if (std::all_of(block.begin(), block.end(), [](uint8_t byte) { return byte == 0; })) {
      return std::nullopt;
    }
    check(block);
    const char kind = static_cast<char>(block[kKindBegin]);
    if (kind == 'L') {
      next_name_ = read_text(number(block, kSizeBegin, kSizeLength));
      next_name_->resize(std::min(next_name_->find('\0'), next_name_->size()));
      continue;
    }
    if (kind == 'x') {
      read_pax(number(block, kSizeBegin, kSizeLength));
      continue;
    }
    TarMember member = take_member(block);
    if (kind == '0' || kind == '\0' || kind == '7') return member;
    if (kind == '1' || kind == '2') ++links_;  // hard, symbolic
  }
  ended_early_ = true;
  return std::nullopt;
}

bool TarReader::read_block(Block& block) {
  if (position_ == end_) return false;
  const bool inside = end_ - position_ >= kBlockBytes;
  if (!inside || core::read_at(file_, path_, position_, block) != kBlockBytes) {
    throw core::DataError(path_, position_, "truncated: the tar archive ends inside a header");
  }
  position_ += kBlockBytes;
  return true;
}

void TarReader::check(const Block& block) const {
  uint64_t sum = 0;
  for (size_t i = 0; i < kBlockBytes; ++i) {
    const bool in_checksum = i >= kChecksumBegin && i < kChecksumBegin + kChecksumLength;
    sum += in_checksum ? uint64_t{' '} : uint64_t{block[i]};
  }
  if (number(block, kChecksumBegin, kChecksumLength) != sum) {
    throw core::DataError(path_, position_ - kBlockBytes,
                          "no tar header here (its checksum does not match); the archive is "
                          "damaged, compressed or not a tar");
  }
}

uint64_t TarReader::number(const Block& block, size_t begin, size_t length) const {
  uint64_t value = 0;
  if ((block[begin] & 0x80U) != 0) {  // GNU: big-endian binary for sizes from 8 GiB
    for (size_t i = begin + 1; i < begin + length; ++i) value = (value << 8) | block[i];
    return value;
  }
  for (size_t i = begin; i < begin + length; ++i) {
    if (block[i] >= '0' && block[i] <= '7') value = value * 8 + (block[i] - uint64_t{'0'});
  }
  return value;
}

TarMember TarReader::take_member(const Block& block) {
  TarMember member;
  member.name = text_field(block, 0, kNameLength);
  // GNU's own headers ("ustar  ") use the prefix's place for other things.
  if (text_field(block, kMagicBegin, 6) == "ustar") {
    const std::string prefix = text_field(block, kPrefixBegin, kPrefixLength);
    if (!prefix.empty()) member.name = core::format("{}/{}", prefix, member.name);
  }
  member.name = std::exchange(next_name_, std::nullopt).value_or(std::move(member.name));
  member.bytes =
      std::exchange(next_bytes_, std::nullopt).value_or(number(block, kSizeBegin, kSizeLength));
  member.offset = position_;
  if (member.bytes > end_ - position_) {
    throw core::DataError(path_, position_,
                          core::format("truncated: member {} claims {} bytes, {} are there",
                                       member.name, member.bytes, end_ - position_));
  }
  const uint64_t padded = (member.bytes + kBlockBytes - 1) / kBlockBytes * kBlockBytes;
  position_ += std::min(padded, end_ - position_);
  return member;
}

std::string TarReader::read_text(uint64_t bytes) {
  if (bytes > std::min(kMaxExtensionBytes, end_ - position_)) {
    throw core::DataError(path_, position_, "an extension header of the tar archive is too long");
  }
  std::string text(bytes, '\0');
  // char and uint8_t may alias.
  core::read_at(file_, path_, position_, {reinterpret_cast<uint8_t*>(text.data()), text.size()});
  position_ += std::min((bytes + kBlockBytes - 1) / kBlockBytes * kBlockBytes, end_ - position_);
  return text;
}

// Records are "LENGTH KEY=VALUE\n", LENGTH counting all of the record.
void TarReader::read_pax(uint64_t bytes) {
  const std::string text = read_text(bytes);
  std::string_view rest = text;
  while (!rest.empty()) {
    size_t length = 0;
    const auto parsed = std::from_chars(rest.data(), rest.data() + rest.size(), length);
    const size_t key = static_cast<size_t>(parsed.ptr - rest.data()) + 1;
    if (parsed.ec != std::errc() || length <= key || length > rest.size()) {
      throw core::DataError(path_, position_, "a pax header of the tar archive is damaged");
    }
    const std::string_view record = rest.substr(key, length - key - 1);
    const size_t equals = std::min(record.find('='), record.size());
    const std::string_view value = record.substr(std::min(equals + 1, record.size()));
    if (record.substr(0, equals) == "path") next_name_ = std::string(value);
    if (record.substr(0, equals) == "size") {
      uint64_t size = 0;
      std::from_chars(value.data(), value.data() + value.size(), size);
      next_bytes_ = size;
    }
    rest.remove_prefix(length);
  }
}

}  // namespace train_backbone::data
