#include "train_backbone/data/record/record_store.h"

#include <fcntl.h>
#include <sys/resource.h>

#include <algorithm>
#include <utility>

#include "train_backbone/core/record_frame.h"

namespace train_backbone::data {
namespace {

// Files of this process besides the shards: libraries, logs, pipes of the workers.
constexpr rlim_t kOtherFiles = 256;

// The original makes 1024 shards, and 1024 is the usual limit on open files. Where the system
// allows more, that is asked for; where it does not, opening says which shard was too many.
void allow_open_files(size_t shards) {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  const rlim_t wanted = 2 * rlim_t{shards} + kOtherFiles;  // a training and a validation set
  if (limit.rlim_cur >= wanted) return;
  limit.rlim_cur = std::min(wanted, limit.rlim_max);
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

}  // namespace

RecordStore::RecordStore(ShardIndex index) : index_(std::move(index)) {
  allow_open_files(index_.shards().size());
  for (const ShardEntry& shard : index_.shards()) {
    files_.push_back(core::open_for_reading(shard.path));
  }
}

std::span<const uint8_t> RecordStore::read(uint64_t record, std::vector<uint8_t>& buffer) const {
  const RecordLocation location = index_.locate(record);
  const std::filesystem::path& path = index_.shards()[location.shard].path;
  const uint64_t frame_bytes = location.length + core::kFrameBytes;
  buffer.resize(frame_bytes + kSlackBytes);
  const std::span<uint8_t> frame = std::span(buffer).first(frame_bytes);
  if (core::read_at(files_[location.shard], path, location.frame_offset, frame) < frame_bytes) {
    throw_damaged(record, "truncated: the shard became shorter after it was indexed");
  }
  const std::optional<uint64_t> length =
      core::parse_frame_header(frame.first<core::kFrameHeaderBytes>());
  if (!length || *length != location.length) {
    throw_damaged(record, "corrupt: the record's length is not what was indexed");
  }
  const std::span<uint8_t> bytes = frame.subspan(core::kFrameHeaderBytes, location.length);
  if (!core::frame_footer_matches(bytes, frame.last<core::kFrameFooterBytes>())) {
    throw_damaged(record,
                  "corrupt: the checksum of a record's bytes does not match; make this shard again "
                  "or copy it anew");
  }
  // What follows the record must read as zeros, not as the last record's rest.
  std::fill(buffer.begin() + static_cast<ptrdiff_t>(core::kFrameHeaderBytes + location.length),
            buffer.end(), uint8_t{0});
  return bytes;
}

void RecordStore::will_need(const RecordRange& records) const {
  for (uint64_t record = records.first; record < records.first + records.count;) {
    const RecordLocation begin = index_.locate(record);
    // As many of them as this shard holds.
    const uint64_t in_shard =
        std::min(records.first + records.count - record, index_.records_behind(record));
    const RecordLocation last = index_.locate(record + in_shard - 1);
    const uint64_t end = last.frame_offset + last.length + core::kFrameBytes;
    ::posix_fadvise(files_[begin.shard].get(), static_cast<off_t>(begin.frame_offset),
                    static_cast<off_t>(end - begin.frame_offset), POSIX_FADV_WILLNEED);
    record += in_shard;
  }
}

void RecordStore::throw_damaged(uint64_t record, const std::string& reason) const {
  throw DamagedRecordError(
      {.record = record, .shard = shard_of(record), .offset = offset_of(record), .reason = reason});
}

std::filesystem::path RecordStore::shard_of(uint64_t record) const {
  return index_.shards()[index_.locate(record).shard].path;
}

uint64_t RecordStore::offset_of(uint64_t record) const {
  return index_.locate(record).frame_offset;
}

}  // namespace train_backbone::data
