#pragma once

#include <cstdint>

#include "train_backbone/data/record/sample_order.h"

namespace train_backbone::data {

// A bijection on [0, size) chosen by (seed, epoch) for storage that is slow at random places. The
// records are cut into blocks of `block` consecutive ones (the last may be shorter); the blocks are
// shuffled, and kWindowBlocks blocks after another of that order, which come from anywhere in the
// data set, are one window, whose records are shuffled among each other. So a reader is at
// kWindowBlocks places at a time and is done with each before it needs others; and the records of a
// block, which are neighbours in their shard, stay within one window.
// Computed per element in O(1), no lists.
class BlockShuffle {
 public:
  static constexpr uint64_t kWindowBlocks = 64;

  // size > 0, block > 0.
  BlockShuffle(uint64_t size, uint64_t seed, uint64_t epoch, uint64_t block);
  // position < size.
  [[nodiscard]] uint64_t operator()(uint64_t position) const;
  // The records of the block at a place of the shuffled order. Window w holds the places from
  // w * kWindowBlocks on.
  [[nodiscard]] RecordRange block(uint64_t place) const;

 private:
  struct Window {
    uint64_t number = 0;
    uint64_t begin = 0;  // its positions
    uint64_t end = 0;
  };
  [[nodiscard]] Window window_of(uint64_t position) const;
  [[nodiscard]] uint64_t start_of(uint64_t window) const;

  uint64_t size_;
  uint64_t seed_;
  uint64_t epoch_;
  uint64_t block_;
  uint64_t blocks_;
  uint64_t lacking_;  // records by which the last block is shorter than the others
  IndexShuffle block_order_;
  uint64_t short_place_;  // of the last block in the shuffled order
};

}  // namespace train_backbone::data
