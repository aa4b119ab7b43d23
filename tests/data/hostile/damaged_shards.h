#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace train_backbone::data {

// A small whole shard: three Examples with a picture each.
struct WholeShard {
  std::string bytes;
  std::vector<uint64_t> borders;  // where the frames begin, and the end
};
WholeShard make_whole_shard();

// How many shards damaged_shard() knows, and how many of them a test program tries (every n-th).
inline constexpr size_t kDamagedShards = 10'000;
extern const size_t kShardStep;

// One way of damaging the shard; the same for the same number. In this order: every truncation,
// every bit of every checksum flipped, lengths that are wrong with a right checksum, random bytes.
std::string damaged_shard(const WholeShard& whole, size_t number);

}  // namespace train_backbone::data
