#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "data/prepare/picture_list.h"
#include "train_backbone/data/prepare/options.h"

namespace train_backbone::data {

// The seed of the original's shuffle.
inline constexpr uint64_t kShuffleSeed = 0;

// Which picture goes into which shard, as the original's conversion does it
// (utils/tensorflow/preprocess_imagenet.py of aws-samples/deep-learning-models): the training list
// is put in the order of Python's random.seed(0); random.shuffle(...), other splits keep theirs;
// shard s of n takes the pictures s * c ... (s + 1) * c - 1 with c = ceil(pictures / n), so that
// the last ones may hold fewer or none. The original lists files in the order that glob gives; here
// the list is sorted first, which makes the order a function of the names alone.
struct ShardPlan {
  std::string split;
  uint64_t shards = 0;
  uint64_t per_shard = 0;
  std::vector<uint32_t> order;  // positions in the picture list

  [[nodiscard]] uint64_t begin(uint64_t shard) const;
  [[nodiscard]] uint64_t end(uint64_t shard) const { return begin(shard + 1); }
  // "train-00017-of-01024"
  [[nodiscard]] std::string shard_name(uint64_t shard) const;
};

// `requested` shards, or for 0: 1024 of the training split and 128 of others as the original, but
// only as many as get 1000 pictures or 32 MiB each, and at least one.
uint64_t choose_shard_count(uint64_t requested, bool training, uint64_t pictures, uint64_t bytes);

// Throws core::UsageError when there are more shards than pictures.
ShardPlan make_shard_plan(const PrepareOptions& options, const PictureList& list);

// A number that changes with everything that decides what the shards hold: pictures in order with
// name, size and class, the classes' texts, and the options that change bytes. Not noticed: a file
// whose content changed and whose size did not.
uint64_t plan_fingerprint(const PrepareOptions& options, const PictureList& list,
                          const ShardPlan& plan, const std::vector<std::string>& texts,
                          uint64_t digest);

}  // namespace train_backbone::data
