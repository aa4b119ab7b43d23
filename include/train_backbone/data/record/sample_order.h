#pragma once

#include <cstdint>
#include <vector>

#include "train_backbone/data/record/record_range.h"

namespace train_backbone::data {

// A bijection on [0, size) chosen by (seed, epoch), computed per element: a Feistel network over
// the next even number of bits with cycle walking. No permutation array, any element in O(1).
class IndexShuffle {
 public:
  // size > 0. `part` tells several bijections of one epoch apart.
  IndexShuffle(uint64_t size, uint64_t seed, uint64_t epoch, uint32_t part = 0);
  // position < size.
  [[nodiscard]] uint64_t operator()(uint64_t position) const;
  // The position that gives `value` < size.
  [[nodiscard]] uint64_t inverse(uint64_t value) const;

 private:
  [[nodiscard]] uint64_t permute(uint64_t value) const;
  [[nodiscard]] uint64_t permute_back(uint64_t value) const;
  [[nodiscard]] uint64_t scrambled(uint64_t half, uint32_t round) const;

  uint64_t size_;
  uint64_t seed_;
  uint64_t epoch_;
  uint32_t part_;
  unsigned half_bits_;
};

// One training sample: which record, in which epoch (the draws of its augmentation depend on both).
struct SampleRef {
  uint64_t epoch = 0;
  uint64_t record = 0;
};

// The endless order of training samples: epochs end to end, each record exactly once per epoch.
// A pure function of (size, seed, block, position), any position in O(1).
class SampleOrder {
 public:
  // size > 0. block 0: a record may come anywhere in its epoch (IndexShuffle). Otherwise blocks of
  // so many consecutive records stay near each other (BlockShuffle).
  SampleOrder(uint64_t size, uint64_t seed, uint64_t block = 0)
      : size_(size), seed_(seed), block_(block) {}
  [[nodiscard]] SampleRef at(uint64_t position) const;

  // With blocks: adds those that storage is to be asked for so that every block is there before its
  // window is begun, spread evenly over the window before. [begin, end) are positions that are
  // being begun; `first` also asks for the blocks of the window that `begin` lies in. Epochs must
  // be taken from end to end.
  void add_blocks_ahead(uint64_t begin, uint64_t end, bool first,
                        std::vector<RecordRange>& blocks) const;
  [[nodiscard]] bool has_blocks() const { return block_ > 0; }

 private:
  uint64_t size_;
  uint64_t seed_;
  uint64_t block_;
};

}  // namespace train_backbone::data
