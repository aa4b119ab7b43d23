#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "train_backbone/core/files.h"
#include "train_backbone/data/record/damaged_record.h"
#include "train_backbone/data/record/record_range.h"
#include "train_backbone/data/record/shard_index.h"

namespace train_backbone::data {

// Random access to the records of an index. Thread safe: all reads are positional.
class RecordStore {
 public:
  // Opens every shard, raising the limit on open files where that is too low. Throws
  // core::DataError.
  explicit RecordStore(ShardIndex index);

  [[nodiscard]] uint64_t size() const { return index_.size(); }
  [[nodiscard]] const ShardIndex& index() const { return index_; }

  // Reads the record's frame into `buffer` (its memory is reused; at least kSlackBytes readable
  // bytes of zeros follow the record), checks both checksums and returns the record's bytes, which
  // stay valid until `buffer` changes. Throws DamagedRecordError, and core::Error where the system
  // cannot read.
  std::span<const uint8_t> read(uint64_t record, std::vector<uint8_t>& buffer) const;

  // Asks the system to have the records in its page cache soon. Only advice: it does not wait, and
  // file systems without that cache ignore it.
  void will_need(const RecordRange& records) const;

  // Throws DamagedRecordError: for what is wrong with the content of a record.
  [[noreturn]] void throw_damaged(uint64_t record, const std::string& reason) const;

  // "SHARD at byte OFFSET", for messages about what the record holds.
  [[nodiscard]] std::filesystem::path shard_of(uint64_t record) const;
  [[nodiscard]] uint64_t offset_of(uint64_t record) const;

  static constexpr size_t kSlackBytes = 4096;  // libjpeg reads fast up to a few KB before the end

 private:
  ShardIndex index_;
  std::vector<core::FileDescriptor> files_;
};

}  // namespace train_backbone::data
