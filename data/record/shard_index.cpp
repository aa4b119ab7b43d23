#include "train_backbone/data/record/shard_index.h"

#include <sys/stat.h>

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <utility>

#include "data/record/index_cache.h"
#include "train_backbone/core/crc32c.h"
#include "train_backbone/core/errors.h"
#include "train_backbone/core/format.h"
#include "train_backbone/core/record_frame.h"
#include "train_backbone/data/record/record_reader.h"
#include "train_backbone/data/record/shard_files.h"

namespace train_backbone::data {
namespace {

constexpr int64_t kNanoseconds = 1'000'000'000;
// SampleRng counts records in 32 bits.
constexpr uint64_t kMaxRecords = uint64_t{1} << 32;

ShardEntry stat_shard(const std::filesystem::path& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) core::throw_system_error(path, "open");
  ShardEntry shard;
  shard.path = path;
  shard.bytes = static_cast<uint64_t>(status.st_size);
  shard.modified_ns = status.st_mtim.tv_sec * kNanoseconds + status.st_mtim.tv_nsec;
  return shard;
}

void walk_frames(ShardEntry& shard) {
  RecordReader reader(shard.path);
  uint64_t length = 0;
  try {
    for (uint64_t offset = 0; reader.skip(length) == ReadResult::kRecord;
         offset = reader.offset()) {
      shard.frame_offsets.push_back(offset);
    }
  } catch (const FrameError& error) {
    throw core::DataError(
        shard.path, reader.offset(),
        core::format("{}. Where the next record begins is unknown then, so --on_bad_record skip "
                     "cannot pass over it; `train_backbone inspect {}` looks at all shards",
                     error.reason(), shard.path.parent_path().string()));
  }
}

// Takes the offsets from the cache where the shard did not change. True when any had to be walked.
bool fill_offsets(std::vector<ShardEntry>& shards, std::vector<ShardEntry> cached) {
  std::map<std::tuple<std::string, uint64_t, int64_t>, ShardEntry*> known;
  for (ShardEntry& entry : cached) {
    known[{entry.path.string(), entry.bytes, entry.modified_ns}] = &entry;
  }
  bool walked = false;
  for (ShardEntry& shard : shards) {
    const auto found = known.find({shard.path.filename().string(), shard.bytes, shard.modified_ns});
    if (found != known.end()) {
      shard.frame_offsets = std::move(found->second->frame_offsets);
    } else {
      walk_frames(shard);
      walked = true;
    }
  }
  return walked;
}

uint64_t mix(uint64_t digest, uint64_t value) {
  // The finaliser of SplitMix64 (Steele et al. 2014) over a running sum.
  uint64_t z = digest + value + 0x9E3779B97F4A7C15U;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9U;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBU;
  return z ^ (z >> 31);
}

}  // namespace

ShardIndex::ShardIndex(std::vector<ShardEntry> shards) : shards_(std::move(shards)) {
  for (const ShardEntry& shard : shards_) {
    first_record_.push_back(size_);
    size_ += shard.frame_offsets.size();
  }
  first_record_.push_back(size_);
}

ShardIndex ShardIndex::open(const std::filesystem::path& folder, std::string_view prefix,
                            const std::filesystem::path& index_dir) {
  std::vector<ShardEntry> shards;
  for (const auto& path : find_shard_files(folder, prefix)) shards.push_back(stat_shard(path));
  const IndexCache cache(folder, prefix, index_dir);
  IndexOrigin origin = IndexOrigin::kKept;
  if (fill_offsets(shards, cache.load())) {
    origin = cache.save(shards) ? IndexOrigin::kMade : IndexOrigin::kNotKept;
  }
  ShardIndex index(std::move(shards));
  index.origin_ = origin;
  if (index.size() == 0) throw core::DataError(folder, "its shards hold no records");
  if (index.size() > kMaxRecords) {
    throw core::DataError(folder, core::format("holds {} records; at most {} are supported",
                                               index.size(), kMaxRecords));
  }
  return index;
}

RecordLocation ShardIndex::locate(uint64_t record) const {
  const auto after = std::upper_bound(first_record_.begin(), first_record_.end(), record);
  const auto shard = static_cast<size_t>(after - first_record_.begin()) - 1;
  const std::vector<uint64_t>& offsets = shards_[shard].frame_offsets;
  const uint64_t place = record - first_record_[shard];
  const uint64_t end = place + 1 < offsets.size() ? offsets[place + 1] : shards_[shard].bytes;
  return {shard, offsets[place], end - offsets[place] - core::kFrameBytes};
}

uint64_t ShardIndex::records_behind(uint64_t record) const {
  return *std::upper_bound(first_record_.begin(), first_record_.end(), record) - record;
}

uint64_t ShardIndex::fingerprint() const {
  uint64_t digest = shards_.size();
  for (const ShardEntry& shard : shards_) {
    const std::string name = shard.path.filename().string();
    const std::span<const uint8_t> bytes(reinterpret_cast<const uint8_t*>(name.data()),
                                         name.size());
    digest = mix(mix(digest, core::crc32c(bytes)), shard.bytes);
    for (const uint64_t offset : shard.frame_offsets) digest = mix(digest, offset);
  }
  return digest;
}

}  // namespace train_backbone::data
