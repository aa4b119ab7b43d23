#include "data/record/block_shuffle.h"

#include <algorithm>

namespace train_backbone::data {
namespace {

// Part 0 is the global order, so that one seed gives unrelated orders in both kinds.
constexpr uint32_t kOrderOfBlocks = 1;
constexpr uint32_t kFirstWindow = 2;

}  // namespace

BlockShuffle::BlockShuffle(uint64_t size, uint64_t seed, uint64_t epoch, uint64_t block)
    : size_(size),
      seed_(seed),
      epoch_(epoch),
      block_(block),
      blocks_((size + block - 1) / block),
      lacking_(blocks_ * block - size),
      block_order_(blocks_, seed, epoch, kOrderOfBlocks),
      short_place_(block_order_.inverse(blocks_ - 1)) {}

// All windows are full but the last and the one that holds the short block.
uint64_t BlockShuffle::start_of(uint64_t window) const {
  const uint64_t places = std::min(window * kWindowBlocks, blocks_);
  return places * block_ - (short_place_ < places ? lacking_ : 0);
}

BlockShuffle::Window BlockShuffle::window_of(uint64_t position) const {
  Window window;
  window.number = position / (kWindowBlocks * block_);
  // Behind the short block a window begins earlier.
  if (position >= start_of(window.number + 1)) ++window.number;
  window.begin = start_of(window.number);
  window.end = start_of(window.number + 1);
  return window;
}

RecordRange BlockShuffle::block(uint64_t place) const {
  const uint64_t first = block_order_(place) * block_;
  return {.first = first, .count = std::min(block_, size_ - first)};
}

uint64_t BlockShuffle::operator()(uint64_t position) const {
  const Window window = window_of(position);
  const auto part = static_cast<uint32_t>(kFirstWindow + window.number);
  const IndexShuffle shuffle(window.end - window.begin, seed_, epoch_, part);
  uint64_t within = shuffle(position - window.begin);
  // Beyond the short block, places count as if it were as long as the others.
  const uint64_t first_place = window.number * kWindowBlocks;
  const bool behind_short =
      short_place_ >= first_place && within >= (short_place_ - first_place + 1) * block_ - lacking_;
  if (behind_short) within += lacking_;
  return block_order_(first_place + within / block_) * block_ + within % block_;
}

}  // namespace train_backbone::data
