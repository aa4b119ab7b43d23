#include "data/record/index_cache.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <iterator>
#include <string>

#include "train_backbone/core/crc32c.h"
#include "train_backbone/core/errors.h"
#include "train_backbone/core/files.h"
#include "train_backbone/core/format.h"
#include "train_backbone/core/log.h"

namespace train_backbone::data {
namespace {

constexpr std::string_view kMagic = "train_backbone record index 1\n";

std::span<const uint8_t> as_bytes(std::string_view text) {
  return {reinterpret_cast<const uint8_t*>(text.data()), text.size()};
}

// Numbers as 8 bytes, texts as length and bytes, in the machine's byte order: the file never leaves
// the machine that made it (another order fails the checksum of the magic's neighbours and is
// rebuilt).
class Packer {
 public:
  void number(uint64_t value) {
    char bytes[sizeof(value)];
    std::memcpy(bytes, &value, sizeof(value));
    text_.append(bytes, sizeof(value));
  }
  void text(std::string_view value) {
    number(value.size());
    text_.append(value);
  }
  [[nodiscard]] const std::string& bytes() const { return text_; }

 private:
  std::string text_;
};

class Unpacker {
 public:
  explicit Unpacker(std::string_view bytes) : rest_(bytes) {}
  uint64_t number() {
    uint64_t value = 0;
    const std::string_view bytes = take(sizeof(value));
    if (whole_) std::memcpy(&value, bytes.data(), sizeof(value));
    return value;
  }
  std::string_view text() { return take(number()); }
  // Whether everything so far was there; and at the end nothing may be left.
  [[nodiscard]] bool whole() const { return whole_; }
  [[nodiscard]] bool ended() const { return whole_ && rest_.empty(); }
  [[nodiscard]] size_t left() const { return rest_.size(); }

 private:
  std::string_view take(uint64_t count) {
    if (count > rest_.size()) {
      whole_ = false;
      return {};
    }
    const std::string_view taken = rest_.substr(0, count);
    rest_.remove_prefix(count);
    return taken;
  }

  std::string_view rest_;
  bool whole_ = true;
};

std::string pack(const std::vector<ShardEntry>& shards) {
  Packer packer;
  packer.number(shards.size());
  for (const ShardEntry& shard : shards) {
    packer.text(shard.path.filename().string());
    packer.number(shard.bytes);
    packer.number(static_cast<uint64_t>(shard.modified_ns));
    packer.number(shard.frame_offsets.size());
    for (const uint64_t offset : shard.frame_offsets) packer.number(offset);
  }
  return packer.bytes();
}

bool unpack_shard(Unpacker& unpacker, ShardEntry& shard) {
  shard.path = std::string(unpacker.text());
  shard.bytes = unpacker.number();
  shard.modified_ns = static_cast<int64_t>(unpacker.number());
  const uint64_t records = unpacker.number();
  if (!unpacker.whole() || records > unpacker.left() / sizeof(uint64_t)) return false;
  shard.frame_offsets.resize(records);
  for (uint64_t& offset : shard.frame_offsets) offset = unpacker.number();
  const bool ascending = std::adjacent_find(shard.frame_offsets.begin(), shard.frame_offsets.end(),
                                            std::greater_equal<>()) == shard.frame_offsets.end();
  return unpacker.whole() && ascending &&
         (records == 0 || shard.frame_offsets.back() < shard.bytes);
}

std::optional<std::vector<ShardEntry>> unpack(std::string_view bytes) {
  Unpacker unpacker(bytes);
  const uint64_t count = unpacker.number();
  std::vector<ShardEntry> shards;
  for (uint64_t i = 0; i < count; ++i) {
    if (!unpack_shard(unpacker, shards.emplace_back())) return std::nullopt;
  }
  if (!unpacker.ended()) return std::nullopt;
  return shards;
}

// Magic, checksum of what follows, packed shards.
std::optional<std::vector<ShardEntry>> read_cache(const std::filesystem::path& path) {
  const std::string file = core::read_file(path, uint64_t{1} << 34);
  if (!file.starts_with(kMagic)) return std::nullopt;
  Unpacker unpacker(std::string_view(file).substr(kMagic.size()));
  const uint64_t checksum = unpacker.number();
  const std::string_view body = unpacker.text();
  if (!unpacker.ended() || core::crc32c(as_bytes(body)) != checksum) return std::nullopt;
  return unpack(body);
}

std::filesystem::path user_cache() {
  if (const char* cache = std::getenv("XDG_CACHE_HOME"); cache != nullptr && *cache != '\0') {
    return std::filesystem::path(cache) / "train_backbone";
  }
  if (const char* home = std::getenv("HOME"); home != nullptr && *home != '\0') {
    return std::filesystem::path(home) / ".cache/train_backbone";
  }
  std::error_code error;
  const std::filesystem::path temporary = std::filesystem::temp_directory_path(error);
  return (error ? std::filesystem::path("/tmp") : temporary) /
         "train_backbone";  // $TMPDIR may name what is not there
}

}  // namespace

IndexCache::IndexCache(const std::filesystem::path& folder, std::string_view prefix,
                       const std::filesystem::path& index_dir) {
  // Away from the shards the folder's full name keeps several data sets apart.
  const std::string whole = std::filesystem::weakly_canonical(folder).string();
  const std::string far_name =
      core::format("{}-{:08x}{:08x}.index", prefix, core::crc32c(as_bytes(whole)),
                   core::crc32c(as_bytes(whole), 1));
  if (!index_dir.empty()) {
    places_ = {index_dir / far_name};
  } else {
    places_ = {folder / core::format(".{}.index", prefix), user_cache() / "index" / far_name};
  }
}

std::vector<ShardEntry> IndexCache::load() const {
  std::vector<ShardEntry> entries;
  for (const auto& place : places_) {
    std::error_code ignored;
    if (!std::filesystem::exists(place, ignored)) continue;
    try {
      if (auto shards = read_cache(place)) {
        std::move(shards->begin(), shards->end(), std::back_inserter(entries));
        continue;
      }
      core::log_debug("{}: this record index is damaged or of another version; making it again",
                      place.string());
    } catch (const core::Error& failure) {
      core::log_debug("{}; making the record index again", failure.what());
    }
  }
  return entries;
}

bool IndexCache::save(const std::vector<ShardEntry>& shards) const {
  const std::string body = pack(shards);
  Packer file;
  file.number(core::crc32c(as_bytes(body)));
  file.text(body);
  for (const auto& place : places_) {
    try {
      std::error_code ignored;
      std::filesystem::create_directories(place.parent_path(), ignored);
      core::write_file_atomic(place, std::string(kMagic) + file.bytes());
      return true;
    } catch (const core::Error& failure) {
      core::log_debug("the record index is not kept there: {}", failure.what());
    }
  }
  return false;
}

}  // namespace train_backbone::data
