#include "train_backbone/data/record/record_reader.h"

#include <array>
#include <utility>

#include "train_backbone/core/format.h"
#include "train_backbone/core/record_frame.h"

namespace train_backbone::data {

RecordReader::RecordReader(std::filesystem::path path)
    : path_(std::move(path)), file_(core::open_for_reading(path_)) {
  file_bytes_ = core::file_size(file_, path_);
}

// The length's checksum and the file's end are checked here, before anybody allocates `length`.
ReadResult RecordReader::read_header(uint64_t& length) {
  if (offset_ == file_bytes_) return ReadResult::kEnd;
  std::array<uint8_t, core::kFrameHeaderBytes> header{};
  if (core::read_at(file_, path_, offset_, header) < header.size()) {
    throw FrameError(path_, offset_, "truncated: the file ends within a record's header");
  }
  const std::optional<uint64_t> stored = core::parse_frame_header(header);
  if (!stored) {
    throw FrameError(path_, offset_,
                     "corrupt: the checksum of a record's length does not match; make this "
                     "shard again or copy it anew");
  }
  if (*stored > kMaxRecordBytes) {
    throw FrameError(
        path_, offset_,
        core::format("corrupt: a record claims {} bytes, more than {}", *stored, kMaxRecordBytes));
  }
  if (*stored + core::kFrameBytes > file_bytes_ - offset_) {
    throw FrameError(path_, offset_,
                     core::format("truncated: a record of {} bytes begins here, but the file "
                                  "ends at byte {}",
                                  *stored, file_bytes_));
  }
  length = *stored;
  return ReadResult::kRecord;
}

ReadResult RecordReader::skip(uint64_t& length) {
  const ReadResult result = read_header(length);
  if (result == ReadResult::kRecord) offset_ += length + core::kFrameBytes;
  return result;
}

ReadResult RecordReader::next(std::vector<uint8_t>& record) {
  uint64_t length = 0;
  if (read_header(length) == ReadResult::kEnd) return ReadResult::kEnd;
  record.resize(length);
  std::array<uint8_t, core::kFrameFooterBytes> footer{};
  const uint64_t begin = offset_ + core::kFrameHeaderBytes;
  const bool whole = core::read_at(file_, path_, begin, record) == length &&
                     core::read_at(file_, path_, begin + length, footer) == footer.size();
  if (!whole) {
    throw FrameError(path_, offset_, "truncated: the file became shorter while it was read");
  }
  if (!core::frame_footer_matches(record, footer)) {
    throw FrameError(path_, offset_,
                     "corrupt: the checksum of a record's bytes does not match; make this "
                     "shard again or copy it anew");
  }
  offset_ += length + core::kFrameBytes;
  return ReadResult::kRecord;
}

}  // namespace train_backbone::data
