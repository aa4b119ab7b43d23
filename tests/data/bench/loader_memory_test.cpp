#include <gtest/gtest.h>

#include <algorithm>

#include "data/bench/memory_use.h"
#include "tests/data/batch/record_folder.h"
#include "train_backbone/data/batch/sources.h"

// Two workers, batches of 128 at 224 px: what a rank of a usual run holds.
namespace train_backbone::data {
namespace {

constexpr uint64_t kMebi = uint64_t{1} << 20;
constexpr int kSize = 224;
constexpr int64_t kBatch = 128;
constexpr uint64_t kRecords = 256;
constexpr uint64_t kEpochs = 20;

TEST(LoaderMemory, StaysBelow400MebibytesAndDoesNotGrowOver20Epochs) {
  const RecordStore store(
      ShardIndex::open(write_shards("memory", make_records(kRecords), 4), "train"));
  const uint64_t base = memory_use().now;
  const auto source = make_training_source(store, *make_training_transform("original", kSize),
                                           {.seed = 1,
                                            .batch_size = kBatch,
                                            .global_batch_size = kBatch,
                                            .end_step = kEpochs * kRecords / kBatch,
                                            .num_classes = 10,
                                            .image_size = kSize,
                                            .workers = 2});
  std::vector<uint64_t> after_epoch;
  uint64_t most = 0;
  for (uint64_t epoch = 0; epoch < kEpochs; ++epoch) {
    for (uint64_t step = 0; step < kRecords / kBatch; ++step) {
      auto batch = source->next().value();
      most = std::max(most, memory_use().now);
      source->recycle(std::move(batch));
    }
    after_epoch.push_back(memory_use().now);
  }
  EXPECT_LT(most - std::min(most, base), 400 * kMebi);
  EXPECT_LT(after_epoch.back(), after_epoch[2] + 8 * kMebi);
  RecordProperty("mebibytes_above_base", static_cast<int>((most - std::min(most, base)) / kMebi));
}

}  // namespace
}  // namespace train_backbone::data
