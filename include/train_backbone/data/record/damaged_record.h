#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "train_backbone/core/errors.h"

namespace train_backbone::data {

// A record whose bytes are not what they should be.
struct DamagedRecord {
  uint64_t record = 0;  // its number in the data set
  std::filesystem::path shard;
  uint64_t offset = 0;  // of its frame in the shard
  std::string reason;
};

// What reading a damaged record throws. Only the record is bad: the others of its shard can be
// read.
class DamagedRecordError : public core::DataError {
 public:
  explicit DamagedRecordError(DamagedRecord damage);
  [[nodiscard]] const DamagedRecord& damage() const { return damage_; }

 private:
  DamagedRecord damage_;
};

}  // namespace train_backbone::data
