#include "io/export/zip_reader.h"

#include <array>
#include <string_view>

#include "io/export/byte_reader.h"
#include "train_backbone/core/errors.h"
#include "train_backbone/core/files.h"
#include "train_backbone/core/format.h"

// The format is PKWARE's APPNOTE.TXT: members, then a directory of them, then where it begins.
namespace train_backbone::io {
namespace {

constexpr std::string_view kEnd{"PK\5\6", 4};
constexpr std::string_view kEnd64{"PK\6\6", 4};
constexpr std::string_view kLocator64{"PK\6\7", 4};
constexpr std::string_view kEntry{"PK\1\2", 4};
constexpr std::string_view kMember{"PK\3\4", 4};
constexpr uint32_t kSeeZip64 = 0xFFFFFFFF;
constexpr uint64_t kMaxBytes = uint64_t{1} << 32;

uint32_t crc32_of(std::string_view bytes) {
  constexpr uint32_t kPolynomial = 0xEDB88320;
  static const auto table = [] {
    std::array<uint32_t, 256> made{};
    for (uint32_t i = 0; i < made.size(); ++i) {
      uint32_t value = i;
      for (int bit = 0; bit < 8; ++bit) value = (value >> 1) ^ ((value & 1) ? kPolynomial : 0);
      made[i] = value;
    }
    return made;
  }();
  uint32_t crc = ~uint32_t{0};
  for (const char byte : bytes) {
    crc = (crc >> 8) ^ table[(crc ^ static_cast<uint8_t>(byte)) & 0xFF];
  }
  return ~crc;
}

struct Directory {
  uint64_t entries = 0;
  uint64_t begin = 0;
};

Directory find_directory(std::string_view bytes, const std::filesystem::path& path) {
  const size_t end = bytes.rfind(kEnd);
  if (end == std::string_view::npos) throw core::DataError(path, "is no zip archive");
  ByteReader reader(bytes, path, end + kEnd.size() + 6);
  Directory directory{.entries = reader.number<uint16_t>()};
  reader.skip(4);
  directory.begin = reader.number<uint32_t>();
  reader.skip(reader.number<uint16_t>());  // a comment
  if (!reader.at_end()) throw core::DataError(path, reader.position(), "goes on after its end");
  const size_t locator = bytes.rfind(kLocator64, end);
  if (locator == std::string_view::npos) return directory;
  ByteReader located(bytes, path, locator + kLocator64.size() + 4);
  ByteReader end64(bytes, path, located.number<uint64_t>());
  end64.expect(kEnd64);
  end64.skip(28);
  directory.entries = end64.number<uint64_t>();
  end64.skip(8);
  directory.begin = end64.number<uint64_t>();
  return directory;
}

struct Entry {
  std::string name;
  uint32_t crc = 0;
  uint64_t size = 0;
  uint64_t offset = 0;
};

// Sizes that do not fit into 32 bits stand in an extra field, in this order.
void read_zip64_field(ByteReader reader, uint64_t bytes, Entry& entry, bool packed_there) {
  constexpr uint16_t kZip64 = 1;
  const uint64_t end = reader.position() + bytes;
  while (reader.position() + 4 <= end) {
    const auto kind = reader.number<uint16_t>();
    const auto size = reader.number<uint16_t>();
    if (kind != kZip64) {
      reader.skip(size);
      continue;
    }
    if (entry.size == kSeeZip64) entry.size = reader.number<uint64_t>();
    if (packed_there) reader.skip(8);
    if (entry.offset == kSeeZip64) entry.offset = reader.number<uint64_t>();
    return;
  }
}

Entry read_entry(ByteReader& reader, const std::filesystem::path& path) {
  reader.expect(kEntry);
  reader.skip(6);
  const auto method = reader.number<uint16_t>();
  reader.skip(4);
  Entry entry;
  entry.crc = reader.number<uint32_t>();
  const auto packed = reader.number<uint32_t>();
  entry.size = reader.number<uint32_t>();
  const auto name = reader.number<uint16_t>();
  const auto extra = reader.number<uint16_t>();
  const auto comment = reader.number<uint16_t>();
  reader.skip(8);
  entry.offset = reader.number<uint32_t>();
  entry.name = std::string(reader.text(name));
  if (method != 0) {
    throw core::DataError(path, core::format("member '{}' is packed", entry.name));
  }
  read_zip64_field(reader, extra, entry, packed == kSeeZip64);
  reader.skip(extra + comment);
  return entry;
}

std::string read_member(std::string_view bytes, const Entry& entry,
                        const std::filesystem::path& path) {
  ByteReader reader(bytes, path, entry.offset);
  reader.expect(kMember);
  reader.skip(22);
  const auto name = reader.number<uint16_t>();
  const auto extra = reader.number<uint16_t>();
  reader.skip(name + extra);
  const std::string_view content = reader.text(entry.size);
  if (crc32_of(content) != entry.crc) {
    throw core::DataError(path, core::format("the checksum of '{}' does not match", entry.name));
  }
  return std::string(content);
}

}  // namespace

std::map<std::string, std::string> read_zip(const std::filesystem::path& path) {
  const std::string bytes = core::read_file(path, kMaxBytes);
  const Directory directory = find_directory(bytes, path);
  std::map<std::string, std::string> records;
  ByteReader reader(bytes, path, directory.begin);
  for (uint64_t i = 0; i < directory.entries; ++i) {
    const Entry entry = read_entry(reader, path);
    if (!records.emplace(entry.name, read_member(bytes, entry, path)).second) {
      throw core::DataError(path, core::format("has member '{}' twice", entry.name));
    }
  }
  return records;
}

}  // namespace train_backbone::io
