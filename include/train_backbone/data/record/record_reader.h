#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "train_backbone/core/errors.h"
#include "train_backbone/core/files.h"

namespace train_backbone::data {

enum class ReadResult { kRecord, kEnd };

// No record may claim more than this; ImageNet's largest picture is 15 MB.
inline constexpr uint64_t kMaxRecordBytes = 1ULL << 30;

// A frame that is truncated or corrupt.
class FrameError : public core::DataError {
 public:
  FrameError(const std::filesystem::path& path, uint64_t offset, const std::string& reason)
      : core::DataError(path, offset, reason), reason_(reason) {}
  [[nodiscard]] const std::string& reason() const { return reason_; }  // without path and offset

 private:
  std::string reason_;
};

// Reads the records of one TFRecord shard from front to back. Both checksums of every frame are
// checked, the length's before anything is allocated. Not thread safe.
//
// Three answers: kRecord, kEnd (the file ends exactly behind a record) and, for everything else,
// FrameError with file, offset of the frame and either "truncated" or "corrupt" in its text.
class RecordReader {
 public:
  // Throws core::DataError when the file cannot be opened.
  explicit RecordReader(std::filesystem::path path);

  // Fills `record` with the next record's bytes (reusing its memory). After an error the position
  // does not move.
  ReadResult next(std::vector<uint8_t>& record);
  // Like next(), but checks only the frame's header and skips the bytes; `length` is the record's.
  ReadResult skip(uint64_t& length);
  // Offset of the frame that next() would read.
  [[nodiscard]] uint64_t offset() const { return offset_; }

 private:
  ReadResult read_header(uint64_t& length);

  std::filesystem::path path_;
  core::FileDescriptor file_;
  uint64_t file_bytes_ = 0;
  uint64_t offset_ = 0;
};

}  // namespace train_backbone::data
