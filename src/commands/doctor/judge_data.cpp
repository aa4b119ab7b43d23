#include "commands/doctor/judge_data.h"

#include <algorithm>

#include "train_backbone/core/format.h"

namespace train_backbone::commands {
namespace {

// What one core reads, decodes and augments of ImageNet's pictures (110 KB each), at most.
constexpr double kBytesPerCore = 45e6;
// Less than this says nothing about a disk.
constexpr uint64_t kLeastBytes = uint64_t{16} << 20;
constexpr double kMostlyCached = 0.5;

Finding judge_records(const DataSetFacts& facts) {
  std::string text = core::format("{} {}: {} records in {} ({})", facts.option, facts.folder,
                                  facts.records, core::counted(facts.shards, "shard"),
                                  bytes_text(static_cast<double>(facts.bytes)));
  if (facts.damaged > 0) {
    return error("records",
                 core::format("{}; {} of {} checked are damaged, the first: {}", text,
                              facts.damaged, facts.checked, facts.first_damage),
                 "train_backbone inspect FOLDER finds all; copy or prepare these shards anew, or "
                 "train with --on_bad_record skip");
  }
  if (facts.lowest_label) {
    text += core::format("; {} checked, labels {} to {}", facts.checked, *facts.lowest_label,
                         *facts.highest_label);
    if (*facts.lowest_label == 0) text += " (they begin at 0: --label_offset 0)";
  }
  return ok("records", text);
}

Finding judge_index(const DataSetFacts& facts) {
  switch (facts.index_origin) {
    case data::IndexOrigin::kNotKept:
      return warning(
          "index",
          core::format("{}: made in {:.1f} s, and no place can keep it: every start makes it again",
                       facts.folder, facts.index_seconds),
          "--index_dir FOLDER that can be written");
    case data::IndexOrigin::kMade:
    case data::IndexOrigin::kKept:
      break;
  }
  const bool made = facts.index_origin == data::IndexOrigin::kMade;
  const std::string text = core::format(
      "{}: {} in {:.1f} s", facts.folder,
      made ? "made and kept for the next run" : "read from an earlier run", facts.index_seconds);
  if (!facts.folder_writable && !facts.has_index_dir) {
    return warning("index",
                   core::format("{}; the folder is read-only, so that it lies in this user's cache "
                                "folder, which a container loses with its end",
                                text),
                   "--index_dir FOLDER that stays");
  }
  return ok("index", text);
}

}  // namespace

std::vector<Finding> judge_data_set(const DataSetFacts& facts) {
  if (!facts.failure.empty()) {
    return {of_data(error("shards", core::format("{}: {}", facts.option, facts.failure),
                          "copy what is missing, or `train_backbone prepare` makes the shards "
                          "anew"))};
  }
  return {of_data(judge_records(facts)), of_data(judge_index(facts))};
}

Finding judge_disk(const DiskFacts& facts) {
  if (facts.bytes < kLeastBytes) {
    return ok("disk", core::format("{} were read: too few to tell how fast the disk is",
                                   bytes_text(static_cast<double>(facts.bytes))));
  }
  const double rate = static_cast<double>(facts.bytes) / std::max(facts.seconds, 1e-9);
  const double pictures = rate / static_cast<double>(facts.record_bytes);
  const std::string text =
      core::format("{}/s in pieces of {}: {:.0f} pictures/s", bytes_text(rate),
                   bytes_text(static_cast<double>(facts.record_bytes)), pictures);
  if (facts.cached_share > kMostlyCached) {
    return ok("disk", core::format("{}, but {:.0f} % lay in memory: the disk itself may be slower",
                                   text, 100 * facts.cached_share));
  }
  const double wanted = kBytesPerCore * static_cast<double>(facts.cores);
  if (rate >= wanted) return ok("disk", text);
  return warning(
      "disk",
      core::format("{}; {} can decode about {}/s", text,
                   core::counted(static_cast<uint64_t>(facts.cores), "core"), bytes_text(wanted)),
      "--shuffle block reads in larger pieces; or copy the shards to a local disk, or "
      "memory that holds them all");
}

}  // namespace train_backbone::commands
