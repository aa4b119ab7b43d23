#pragma once

#include <cstdint>
#include <filesystem>
#include <span>

#include "train_backbone/core/files.h"

namespace train_backbone::data {

// Writes one TFRecord shard that appears under its name only when commit() has been called.
// Throws core::DeviceError (disk full) or core::DataError (also for a record above
// kMaxRecordBytes). Not thread safe.
class RecordWriter {
 public:
  explicit RecordWriter(const std::filesystem::path& path);
  void write(std::span<const uint8_t> record);
  [[nodiscard]] uint64_t bytes() const { return file_.size(); }
  void commit() { file_.commit(); }

 private:
  std::filesystem::path path_;
  core::AtomicFile file_;
};

}  // namespace train_backbone::data
