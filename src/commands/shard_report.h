#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace train_backbone::commands {

// What one record holds, as far as it can be told.
struct RecordSummary {
  std::string shard;
  uint64_t offset = 0;  // of its frame
  std::optional<int64_t> label;
  std::string filename;
  uint64_t bytes = 0;   // of the encoded picture
  std::string picture;  // "JPEG 500x375" (width x height), or why it is none
};

// What a set of shards holds. Every record's frame is checked with both checksums.
struct ShardReport {
  uint64_t shards = 0;
  uint64_t records = 0;  // whole ones
  uint64_t bytes = 0;    // of the files
  std::optional<int64_t> lowest_label;
  std::optional<int64_t> highest_label;
  uint64_t unlabelled = 0;            // whole records that are no tf.train.Example with a label
  std::vector<std::string> damage;    // "FILE at byte OFFSET: WHAT" for each damaged place
  std::vector<RecordSummary> sample;  // the first records
};

// The shards that `path` names: itself when it is not a folder, else what
// data::find_all_shard_files finds in it. Throws core::DataError: no shard in the folder.
std::vector<std::filesystem::path> find_shards(const std::filesystem::path& path);

// Reads a shard from front to back and adds what it holds to `report`; the first records are
// described until report.sample holds `sample_size`. A record whose checksum is wrong is stepped
// over; a damaged length ends the shard, as nothing behind it can be found.
// Throws core::DataError when the file cannot be read at all.
void examine_shard(const std::filesystem::path& path, size_t sample_size, ShardReport& report);

}  // namespace train_backbone::commands
