#pragma once

#include <cstdint>
#include <filesystem>
#include <string_view>
#include <vector>

namespace train_backbone::data {

// One shard and where its records lie.
struct ShardEntry {
  std::filesystem::path path;
  uint64_t bytes = 0;                   // size of the file when it was indexed
  int64_t modified_ns = 0;              // its modification time then
  std::vector<uint64_t> frame_offsets;  // offset of every record's frame, ascending
};

// Position of a record within a data set.
struct RecordLocation {
  size_t shard = 0;
  uint64_t frame_offset = 0;
  uint64_t length = 0;  // bytes of the record itself
};

// Where an index came from.
enum class IndexOrigin {
  kKept,     // the sidecar of an earlier run
  kMade,     // walked now, and kept for the next run
  kNotKept,  // walked now; no place took the sidecar, so that every run walks again
};

// The records of a folder of unmodified TFRecord shards in a fixed order: shards by name, records
// by offset. Immutable after open(); safe to share between threads.
class ShardIndex {
 public:
  // Which files count as shards: regular files directly in `folder` whose name starts with
  // `prefix` and "-" ("train", "validation"), or, when none does, ends in ".tfrecord" or
  // ".tfrecords", or, when none does either, is named like "NAME-00003-of-00010" (said in a
  // warning: another split of the data is read then). Hidden files never count. Offsets come from a
  // cached sidecar when it is there and every shard has the size and modification time it had then,
  // and from walking the frame headers otherwise (only changed shards are walked again). The
  // sidecar goes to `index_dir`; when that is empty beside the shards, or, where that is not
  // writable, to the user's cache folder; written by rename. Throws core::DataError: folder missing
  // or empty, no shard matches, a numbered set lacks a shard or two sets of one name are mixed, a
  // shard truncated or corrupt.
  static ShardIndex open(const std::filesystem::path& folder, std::string_view prefix,
                         const std::filesystem::path& index_dir = {});

  [[nodiscard]] uint64_t size() const { return size_; }  // number of records
  [[nodiscard]] const std::vector<ShardEntry>& shards() const { return shards_; }
  // record < size().
  [[nodiscard]] RecordLocation locate(uint64_t record) const;
  // How many records its shard holds from this one on, itself included. record < size().
  [[nodiscard]] uint64_t records_behind(uint64_t record) const;
  [[nodiscard]] IndexOrigin origin() const { return origin_; }
  // Digest of the shards' names, sizes and offsets: two indexes with the same fingerprint number
  // the same records alike.
  [[nodiscard]] uint64_t fingerprint() const;

 private:
  explicit ShardIndex(std::vector<ShardEntry> shards);

  std::vector<ShardEntry> shards_;
  std::vector<uint64_t> first_record_;  // per shard, plus the total at the end
  uint64_t size_ = 0;
  IndexOrigin origin_ = IndexOrigin::kKept;
};

}  // namespace train_backbone::data
