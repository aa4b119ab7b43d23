#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "train_backbone/io/run_directory.h"

namespace train_backbone::io {

// What the files of a run do not tell.
struct ReportFacts {
  std::string title;                                             // "resnet50v1_b"
  std::vector<std::pair<std::string, std::string>> environment;  // name, value
  std::vector<uint8_t> sample_png;  // pictures as the network sees them; may be empty
};

// Writes report.html out of run.toml, metrics.jsonl and bad_records.csv: curves, epochs,
// throughput, damaged records, configuration and environment on one page that opens from the disk,
// without scripts and without asking any network for anything. Whole or not at all.
// Throws as core::AtomicFile does.
void write_run_report(const RunDirectory& directory, const ReportFacts& facts);

}  // namespace train_backbone::io
