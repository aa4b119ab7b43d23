#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "train_backbone/io/line_file.h"

// Figures of a run as lines of text: one call, one line, at once in the file. Doubles keep every
// bit. Each file is ordered by a whole number, its key (step or epoch). On a resumed run the
// constructor drops what was written after the checkpoint, so that the file reads as if the run had
// never been interrupted. Not thread safe.
namespace train_backbone::io {

using MetricValue = std::variant<int64_t, double, std::string>;
using MetricRow = std::vector<std::pair<std::string, MetricValue>>;

// Key of the last line to keep: lines with a greater one are dropped. kKeepNothing begins anew.
inline constexpr int64_t kKeepNothing = -1;

// One JSON object per line, members in the order of the row. NaN and infinity become null.
class JsonlWriter {
 public:
  // `key` names the member that orders the file. Lines that are no JSON object with that member
  // (torn by a crash) are dropped too. Throws as core::AtomicFile does.
  JsonlWriter(const std::filesystem::path& path, const std::string& key, int64_t keep_through);
  // Throws core::DeviceError when the disk is full.
  void append(const MetricRow& row);
  // Returns when all lines are safe against power loss; call before a checkpoint is saved.
  void sync() { file_.sync(); }

 private:
  LineFile file_;
};

// Comma-separated values (RFC 4180) under one header line. A value that a row lacks is empty, NaN
// and infinity are "nan", "inf", "-inf".
class CsvWriter {
 public:
  // The first column is the key. Throws core::DataError when the file has other columns.
  CsvWriter(const std::filesystem::path& path, std::vector<std::string> columns,
            int64_t keep_through);
  // Values by name; throws core::Error kInternal for a name that is no column.
  void append(const MetricRow& row);
  void sync() { file_.sync(); }

 private:
  std::vector<std::string> columns_;
  LineFile file_;
};

}  // namespace train_backbone::io
