#include <gtest/gtest.h>

#include <set>

#include "record_folder.h"
#include "train_backbone/data/batch/sources.h"

// Promise "same samples": what a global step sees depends on neither ranks nor workers.
namespace train_backbone::data {
namespace {

constexpr int kSize = 8;
constexpr int64_t kGlobalBatch = 48;
constexpr uint64_t kRecords = 250;  // no multiple of the batch: steps span the border of epochs
constexpr uint64_t kEpochs = 3;
constexpr uint64_t kSteps = 16;  // 768 samples

std::vector<TestRecord> small_records() {
  std::vector<TestRecord> records;
  for (const std::string picture = golden_picture("one.jpg"); records.size() < kRecords;) {
    const size_t index = records.size();
    records.push_back({.picture = picture,
                       .label = static_cast<int64_t>(index) + 1,
                       .name = std::to_string(index)});
  }
  return records;
}

std::unique_ptr<BatchSource> rank_source(const RecordStore& store, int64_t world, int64_t rank,
                                         int workers, bool block) {
  return make_training_source(store, *make_training_transform("original", kSize),
                              {.seed = 11,
                               .batch_size = kGlobalBatch / world,
                               .global_batch_size = kGlobalBatch,
                               .rank = rank,
                               .end_step = kSteps,
                               .num_classes = static_cast<int64_t>(kRecords),
                               .image_size = kSize,
                               .workers = workers,
                               .block_shuffle = block});
}

struct GlobalBatch {
  std::vector<uint64_t> records;
  std::vector<uint64_t> epochs;
  std::vector<int64_t> labels;
  std::vector<uint8_t> images;
  bool operator==(const GlobalBatch&) const = default;
};

std::vector<GlobalBatch> global_batches(const RecordStore& store, int64_t world, int workers,
                                        bool block) {
  std::vector<std::unique_ptr<BatchSource>> ranks;
  for (int64_t rank = 0; rank < world; ++rank) {
    ranks.push_back(rank_source(store, world, rank, workers, block));
  }
  std::vector<GlobalBatch> steps(kSteps);
  for (GlobalBatch& step : steps) {
    for (const auto& rank : ranks) {
      const Batch batch = rank->next().value();
      const auto append = [](auto& to, const auto& from) {
        to.insert(to.end(), from.begin(), from.end());
      };
      append(step.records, batch.records);
      append(step.epochs, batch.epochs);
      append(step.labels, batch.labels);
      append(step.images, batch.images);
    }
  }
  return steps;
}

class Order : public testing::TestWithParam<bool> {};

TEST_P(Order, GlobalBatchesAreTheSameForAnyRanksAndWorkers) {
  const RecordStore store(ShardIndex::open(write_shards("order", small_records(), 5), "train"));
  const std::vector<GlobalBatch> expected = global_batches(store, 1, 1, GetParam());
  for (const int64_t world : {1, 2, 3, 8}) {
    for (const int workers : {1, 2, 7}) {
      EXPECT_TRUE(global_batches(store, world, workers, GetParam()) == expected)
          << world << " ranks, " << workers << " workers";
    }
  }
}

TEST_P(Order, EveryRecordComesOnceInEveryEpoch) {
  const RecordStore store(ShardIndex::open(write_shards("epochs", small_records(), 5), "train"));
  std::vector<std::set<uint64_t>> seen(kEpochs + 1);
  uint64_t samples = 0;
  for (const GlobalBatch& step : global_batches(store, 3, 2, GetParam())) {
    for (size_t i = 0; i < step.records.size(); ++i, ++samples) {
      ASSERT_EQ(step.epochs[i], samples / kRecords);
      ASSERT_EQ(step.labels[i], static_cast<int64_t>(step.records[i]));
      ASSERT_TRUE(seen[step.epochs[i]].insert(step.records[i]).second);
    }
  }
  for (uint64_t epoch = 0; epoch < kEpochs; ++epoch) EXPECT_EQ(seen[epoch].size(), kRecords);
}

INSTANTIATE_TEST_SUITE_P(Shuffles, Order, testing::Bool(), [](const auto& parameter) {
  return parameter.param ? "block" : "global";
});

}  // namespace
}  // namespace train_backbone::data
