#pragma once

#include <filesystem>
#include <optional>
#include <string_view>
#include <vector>

#include "train_backbone/data/record/shard_index.h"

namespace train_backbone::data {

// The sidecar file that keeps the offsets of a folder's records between runs. Its format is an
// internal matter and may change: a sidecar that is missing, damaged or of another version is made
// again.
class IndexCache {
 public:
  // Places are tried in the order that ShardIndex::open documents.
  IndexCache(const std::filesystem::path& folder, std::string_view prefix,
             const std::filesystem::path& index_dir);

  // Entries of all sidecars that are whole: where the first is stale and cannot be written, the
  // second may be right. Which ones are stale is for the caller to tell.
  [[nodiscard]] std::vector<ShardEntry> load() const;
  // Writes to the first place that takes it. That none does (false) is no error, only slower next
  // time.
  bool save(const std::vector<ShardEntry>& shards) const;

 private:
  std::vector<std::filesystem::path> places_;
};

}  // namespace train_backbone::data
