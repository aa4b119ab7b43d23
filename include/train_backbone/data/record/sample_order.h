#pragma once

#include <cstdint>

namespace train_backbone::data {

// A bijection on [0, size) chosen by (seed, epoch), computed per element: a Feistel network over the
// next even number of bits with cycle walking. No permutation array, any element in O(1).
class IndexShuffle {
 public:
  // size > 0.
  IndexShuffle(uint64_t size, uint64_t seed, uint64_t epoch);
  // position < size.
  [[nodiscard]] uint64_t operator()(uint64_t position) const;

 private:
  [[nodiscard]] uint64_t permute(uint64_t value) const;

  uint64_t size_;
  uint64_t seed_;
  uint64_t epoch_;
  unsigned half_bits_;
};

// One training sample: which record, in which epoch (the draws of its augmentation depend on both).
struct SampleRef {
  uint64_t epoch = 0;
  uint64_t record = 0;
};

// The endless order of training samples: epochs end to end, each record exactly once per epoch.
// A pure function of (size, seed, position).
class SampleOrder {
 public:
  // size > 0.
  SampleOrder(uint64_t size, uint64_t seed) : size_(size), seed_(seed) {}
  [[nodiscard]] SampleRef at(uint64_t position) const;

 private:
  uint64_t size_;
  uint64_t seed_;
};

}  // namespace train_backbone::data
