#include "commands/inspect_shards.h"

#include <algorithm>
#include <iostream>

#include "commands/json_line.h"
#include "commands/shard_report.h"
#include "train_backbone/core/errors.h"
#include "train_backbone/core/format.h"
#include "train_backbone/core/log.h"
#include "train_backbone/data/record/shard_files.h"

namespace train_backbone::commands {
namespace {

constexpr size_t kMostDamageShown = 20;

std::string label_text(const std::optional<int64_t>& label) {
  return label ? std::to_string(*label) : "none";
}

nlohmann::ordered_json label_json(const std::optional<int64_t>& label) {
  return label ? nlohmann::ordered_json(*label) : nlohmann::ordered_json(nullptr);
}

void print_report(const ShardReport& report) {
  const std::string labels =
      report.lowest_label
          ? core::format("labels {} to {}", *report.lowest_label, *report.highest_label)
          : "no labels";
  std::cout << core::format("records: {} in {} bytes, shards: {}, {}\n", report.records,
                            report.bytes, report.shards, labels);
  for (const RecordSummary& record : report.sample) {
    std::cout << core::format("  {} at byte {}: label {}, file '{}', {} bytes, {}\n", record.shard,
                              record.offset, label_text(record.label), record.filename,
                              record.bytes, record.picture);
  }
}

void log_findings(const ShardReport& report) {
  if (report.unlabelled > 0) {
    core::log_warning("{} records are no tf.train.Example with image/class/label",
                      report.unlabelled);
  }
  const size_t shown = std::min(report.damage.size(), kMostDamageShown);
  for (size_t i = 0; i < shown; ++i) core::log_error("{}", report.damage[i]);
  if (shown < report.damage.size()) {
    core::log_error("and {} more damaged places", report.damage.size() - shown);
  }
}

}  // namespace

int inspect_shards(const std::filesystem::path& path, int64_t records) {
  ShardReport report;
  const std::vector<std::filesystem::path> shards = find_shards(path);
  if (std::filesystem::is_directory(path)) report.damage = data::find_gaps(shards);
  for (const std::filesystem::path& shard : shards) {
    examine_shard(shard, static_cast<size_t>(records), report);
  }
  print_report(report);
  log_findings(report);
  const bool whole = report.damage.empty();
  print_json_line({{"path", path.string()},
                   {"shards", report.shards},
                   {"records", report.records},
                   {"bytes", report.bytes},
                   {"lowest_label", label_json(report.lowest_label)},
                   {"highest_label", label_json(report.highest_label)},
                   {"damaged", report.damage.size()},
                   {"whole", whole}});
  return static_cast<int>(whole ? core::ExitCode::kDone : core::ExitCode::kData);
}

}  // namespace train_backbone::commands
