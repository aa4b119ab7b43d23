#pragma once

#include <cstdint>

namespace train_backbone::data {

// Records that lie one after another, in shards and in numbers.
struct RecordRange {
  uint64_t first = 0;
  uint64_t count = 0;
};

}  // namespace train_backbone::data
