#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace train_backbone::data {

// What reading a shard came to, in texts that can be compared: "OFFSET CRC" for each record that
// was read, in order, and the texts of the errors.
struct ShardOutcome {
  std::vector<std::string> records;
  std::vector<std::string> errors;
  bool operator==(const ShardOutcome&) const = default;
};

// From front to back with RecordReader; the records' CRCs are those of their bytes.
ShardOutcome read_in_order(const std::filesystem::path& shard);

// As training reads it: index, records by number, Example, picture; the CRCs are those of the
// transformed pixels. An error of one record does not keep the others from being read.
ShardOutcome read_by_index(const std::filesystem::path& shard);

}  // namespace train_backbone::data
