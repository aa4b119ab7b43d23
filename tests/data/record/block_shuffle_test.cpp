#include "data/record/block_shuffle.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <set>
#include <vector>

namespace train_backbone::data {
namespace {

std::vector<uint64_t> permutation(uint64_t size, uint64_t block, uint64_t seed, uint64_t epoch) {
  const BlockShuffle shuffle(size, seed, epoch, block);
  std::vector<uint64_t> records;
  for (uint64_t position = 0; position < size; ++position) records.push_back(shuffle(position));
  return records;
}

TEST(IndexShuffle, InverseFindsThePosition) {
  for (const uint64_t size : {1, 2, 3, 16, 17, 100, 1000}) {
    const IndexShuffle shuffle(size, 3, 1, 5);
    for (uint64_t position = 0; position < size; ++position) {
      ASSERT_EQ(shuffle.inverse(shuffle(position)), position) << "size " << size;
    }
  }
}

TEST(IndexShuffle, PartsOfAnEpochAreDifferentOrders) {
  int same = 0;
  for (uint64_t position = 0; position < 1000; ++position) {
    same += IndexShuffle(1000, 1, 0, 1)(position) == IndexShuffle(1000, 1, 0, 2)(position) ? 1 : 0;
  }
  EXPECT_LT(same, 10);
}

TEST(BlockShuffle, IsABijectionWhateverTheLastBlockAndWindowHold) {
  for (const uint64_t block : {1, 2, 3, 5, 40}) {
    for (uint64_t size = 1; size < 1200; size += size < 30 ? 1 : 37) {
      for (const uint64_t epoch : {0, 1, 2, 3, 4}) {
        std::vector<int> hits(size);
        for (const uint64_t record : permutation(size, block, 5, epoch)) {
          ASSERT_LT(record, size);
          ++hits[record];
        }
        for (const int hit : hits) ASSERT_EQ(hit, 1) << size << " records in blocks of " << block;
      }
    }
  }
}

TEST(BlockShuffle, IsABijectionForTheSizeOfImageNet) {
  constexpr uint64_t kSize = 1'281'167;
  const BlockShuffle shuffle(kSize, 7, 3, 38);
  std::vector<bool> hit(kSize);
  for (uint64_t position = 0; position < kSize; ++position) {
    const uint64_t record = shuffle(position);
    ASSERT_LT(record, kSize);
    ASSERT_FALSE(hit[record]);
    hit[record] = true;
  }
}

TEST(BlockShuffle, EpochAndSeedChangeTheOrder) {
  const auto order = permutation(2000, 7, 1, 0);
  EXPECT_EQ(permutation(2000, 7, 1, 0), order);
  for (const auto& other : {permutation(2000, 7, 1, 1), permutation(2000, 7, 2, 0)}) {
    int same = 0;
    for (size_t i = 0; i < order.size(); ++i) same += order[i] == other[i] ? 1 : 0;
    EXPECT_LT(same, 20);
  }
}

// How far samples travel: a block anywhere, its records no farther apart than one window.
constexpr uint64_t kBlock = 40;
constexpr uint64_t kWindow = BlockShuffle::kWindowBlocks * kBlock;
constexpr uint64_t kSize = 40 * kWindow + 13;

TEST(BlockShuffle, AWindowReadsWholeBlocksFromAllOverTheSet) {
  const auto order = permutation(kSize, kBlock, 9, 2);
  std::set<uint64_t> before;
  for (uint64_t window = 0; window < 40; ++window) {
    std::set<uint64_t> blocks;
    for (uint64_t i = 0; i < kWindow - kBlock; ++i) {  // one window may be a short block shorter
      blocks.insert(order[window * kWindow + i] / kBlock);
    }
    EXPECT_LE(blocks.size(), BlockShuffle::kWindowBlocks + 1);
    // 64 uniform places in 2561: the chance that all lie in one half is 2^-63.
    EXPECT_LT(*blocks.begin(), kSize / kBlock / 2);
    EXPECT_GT(*blocks.rbegin(), kSize / kBlock / 2);
    std::vector<uint64_t> twice;
    std::set_intersection(before.begin(), before.end(), blocks.begin(), blocks.end(),
                          std::back_inserter(twice));
    EXPECT_LE(twice.size(), 1U);  // done with the others before it needs these
    before = blocks;
  }
}

TEST(BlockShuffle, NeighboursInAShardAreSpreadOverTheirWindow) {
  const auto order = permutation(kSize, kBlock, 4, 1);
  std::vector<uint64_t> position(kSize);
  for (uint64_t i = 0; i < kSize; ++i) position[order[i]] = i;
  double sum = 0;
  uint64_t pairs = 0;
  for (uint64_t record = 0; record + 1 < kSize; ++record) {
    if (record / kBlock != (record + 1) / kBlock) continue;
    const auto [low, high] = std::minmax(position[record], position[record + 1]);
    ASSERT_LT(high - low, kWindow);
    sum += static_cast<double>(high - low);
    ++pairs;
  }
  // Two uniform places in a window are a third of it apart, with a deviation of 0.24 of it.
  const double mean = sum / static_cast<double>(pairs) / double{kWindow};
  EXPECT_NEAR(mean, 1.0 / 3.0, 8 * 0.24 / std::sqrt(static_cast<double>(pairs)));
}

TEST(BlockShuffle, EveryWindowIsMixedInItsOwnWay) {
  const auto order = permutation(kSize, kBlock, 2, 0);
  int same = 0;
  for (uint64_t i = 0; i < kWindow; ++i) {
    same += order[i] % kBlock == order[kWindow + i] % kBlock ? 1 : 0;
  }
  EXPECT_LT(same, 2 * static_cast<int>(kWindow / kBlock));  // one in 40 by chance
}

TEST(BlockShuffle, ARecordComesAnywhereInItsEpoch) {
  constexpr int kEpochs = 4000;
  constexpr size_t kParts = 10;
  std::vector<int> counts(kParts);
  for (int epoch = 0; epoch < kEpochs; ++epoch) {
    const BlockShuffle shuffle(kSize, 6, static_cast<uint64_t>(epoch), kBlock);
    ++counts[shuffle(123) * kParts / kSize];
  }
  double chi_square = 0;
  constexpr double kExpected = double{kEpochs} / kParts;
  for (const int count : counts) {
    chi_square += (count - kExpected) * (count - kExpected) / kExpected;
  }
  EXPECT_LT(chi_square, 9 + 6 * std::sqrt(2.0 * 9));
}

TEST(SampleOrder, BlocksGiveEachEpochEachRecordOnce) {
  const SampleOrder order(1000, 5, 7);
  for (uint64_t epoch = 0; epoch < 3; ++epoch) {
    std::set<uint64_t> records;
    for (uint64_t i = 0; i < 1000; ++i) {
      const SampleRef sample = order.at(epoch * 1000 + i);
      ASSERT_EQ(sample.epoch, epoch);
      records.insert(sample.record);
    }
    EXPECT_EQ(records.size(), 1000U);
  }
  EXPECT_EQ(order.at(1007).record, BlockShuffle(1000, 5, 1, 7)(7));
}

// It stays in the page cache from then on.
TEST(SampleOrder, ASetOfOneWindowIsAskedForOnce) {
  const SampleOrder order(100, 8, 7);
  std::vector<RecordRange> blocks;
  order.add_blocks_ahead(250, 251, true, blocks);
  std::vector<int> asked(100);
  for (const RecordRange& block : blocks) {
    for (uint64_t i = 0; i < block.count; ++i) ++asked.at(block.first + i);
  }
  EXPECT_EQ(asked, std::vector<int>(100, 1));
  blocks.clear();
  for (uint64_t position = 251; position < 500; ++position) {
    order.add_blocks_ahead(position, position + 1, false, blocks);
  }
  EXPECT_TRUE(blocks.empty());
}

// From any position on, over borders of epochs, as one rank of several goes along.
TEST(SampleOrder, EveryBlockIsAskedForBeforeItIsNeeded) {
  constexpr uint64_t kRecords = 5000;
  for (const uint64_t begin : {uint64_t{0}, uint64_t{777}, uint64_t{4990}}) {
    for (const uint64_t stride : {1, 3}) {
      const SampleOrder order(kRecords, 8, 7);
      std::vector<int> asked(kRecords);  // less what was needed: anew in each epoch
      std::vector<RecordRange> blocks;
      uint64_t previous = begin;
      uint64_t most = 0;
      for (uint64_t position = begin; position < begin + 3 * kRecords; position += stride) {
        blocks.clear();
        order.add_blocks_ahead(previous, position + 1, position == begin, blocks);
        if (position != begin) most = std::max(most, uint64_t{blocks.size()});
        previous = position + 1;
        for (const RecordRange& block : blocks) {
          for (uint64_t i = 0; i < block.count; ++i) ++asked[block.first + i];
        }
        ASSERT_GE(--asked[order.at(position).record], 0) << position;
      }
      EXPECT_LE(most, 2U);  // evenly, not a window at a time
    }
  }
}

}  // namespace
}  // namespace train_backbone::data
