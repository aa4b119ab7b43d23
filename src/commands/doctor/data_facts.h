#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "train_backbone/data/record/record_store.h"

namespace train_backbone::commands {

// One set of shards as it was found; what is to be thought of it: judge_data.h.
struct DataSetFacts {
  std::string option;  // "--train_data_dir"
  std::string folder;
  std::string failure;  // why it cannot be opened; all that follows is empty then
  uint64_t shards = 0;
  uint64_t records = 0;
  uint64_t bytes = 0;
  data::IndexOrigin index_origin = data::IndexOrigin::kKept;
  double index_seconds = 0;
  bool folder_writable = true;
  bool has_index_dir = false;  // --index_dir is given
  uint64_t checked = 0;        // records whose checksums were computed
  uint64_t damaged = 0;        // of these
  std::string first_damage;
  std::optional<int64_t> lowest_label;
  std::optional<int64_t> highest_label;
  std::string newest_file;
  int64_t newest = 0;  // its date, seconds
};

// How fast pieces of the size of a record come from the shards.
struct DiskFacts {
  uint64_t bytes = 0;  // read
  double seconds = 0;
  uint64_t record_bytes = 1;  // mean
  double cached_share = 0;    // of what was read, that lay in memory all the same
  int64_t cores = 1;
};

struct DataProbeSettings {
  std::string option;
  std::filesystem::path folder;
  std::string prefix;  // "train"
  std::filesystem::path index_dir;
  int64_t records = 0;  // so many are checked, spread over all
};

// Opens a set, which also makes its index for the next run. `store`: what was opened, if it could
// be.
DataSetFacts probe_data_set(const DataProbeSettings& settings,
                            std::optional<data::RecordStore>& store);

// Reads pieces at random places for about `seconds`, from as many threads as there are cores, after
// asking the system to forget what it holds of the shards.
DiskFacts probe_disk(const data::RecordStore& store, double seconds, int64_t cores);

}  // namespace train_backbone::commands
