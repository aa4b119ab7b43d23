#include "train_backbone/data/record/sample_order.h"

#include <algorithm>
#include <bit>

#include "data/record/block_shuffle.h"
#include "train_backbone/core/rng.h"

namespace train_backbone::data {
namespace {

constexpr uint32_t kFeistelRounds = 6;

uint32_t low(uint64_t value) { return static_cast<uint32_t>(value); }
uint32_t high(uint64_t value) { return static_cast<uint32_t>(value >> 32); }

}  // namespace

IndexShuffle::IndexShuffle(uint64_t size, uint64_t seed, uint64_t epoch, uint32_t part)
    : size_(size), seed_(seed), epoch_(epoch), part_(part) {
  const auto bits = static_cast<unsigned>(std::bit_width(size > 1 ? size - 1 : 1));
  half_bits_ = (bits + 1) / 2;
}

// Round function of the Feistel network: Philox of (half, round, epoch, part) under the seed. A
// half has at most 32 bits.
uint64_t IndexShuffle::scrambled(uint64_t half, uint32_t round) const {
  const uint32_t tag = static_cast<uint32_t>(core::RngStream::kShuffle) | (round << 8);
  const auto block =
      core::philox4x32({low(half), tag, low(epoch_), part_}, {low(seed_), high(seed_)});
  const uint64_t mask = (uint64_t{1} << half_bits_) - 1;
  return ((uint64_t{block[1]} << 32) | block[0]) & mask;
}

uint64_t IndexShuffle::permute(uint64_t value) const {
  uint64_t left = value >> half_bits_;
  uint64_t right = value & ((uint64_t{1} << half_bits_) - 1);
  for (uint32_t round = 0; round < kFeistelRounds; ++round) {
    const uint64_t next = left ^ scrambled(right, round);
    left = right;
    right = next;
  }
  return (left << half_bits_) | right;
}

uint64_t IndexShuffle::permute_back(uint64_t value) const {
  uint64_t left = value >> half_bits_;
  uint64_t right = value & ((uint64_t{1} << half_bits_) - 1);
  for (uint32_t round = kFeistelRounds; round-- > 0;) {
    const uint64_t before = right ^ scrambled(left, round);
    right = left;
    left = before;
  }
  return (left << half_bits_) | right;
}

uint64_t IndexShuffle::operator()(uint64_t position) const {
  // Cycle walking: the network permutes a power of four at most four times as large as size_; going
  // on until a value lies below size_ keeps it a bijection there.
  uint64_t value = permute(position);
  while (value >= size_) value = permute(value);
  return value;
}

uint64_t IndexShuffle::inverse(uint64_t value) const {
  uint64_t position = permute_back(value);
  while (position >= size_) position = permute_back(position);
  return position;
}

SampleRef SampleOrder::at(uint64_t position) const {
  const uint64_t epoch = position / size_;
  const uint64_t place = position % size_;
  const uint64_t record = block_ == 0 ? IndexShuffle(size_, seed_, epoch)(place)
                                      : BlockShuffle(size_, seed_, epoch, block_)(place);
  return {epoch, record};
}

void SampleOrder::add_blocks_ahead(uint64_t begin, uint64_t end, bool first,
                                   std::vector<RecordRange>& blocks) const {
  const uint64_t window = BlockShuffle::kWindowBlocks * block_;
  if (size_ <= window) {  // each epoch reads all of it: asking once is enough
    for (uint64_t record = 0; first && record < size_; record += block_) {
      blocks.push_back({record, std::min(block_, size_ - record)});
    }
    return;
  }
  uint64_t position = begin + window;
  if (first) position = begin - begin % size_ % window;
  while (position < end + window) {
    const uint64_t place = position % size_;
    if (place % block_ == 0) {
      blocks.push_back(BlockShuffle(size_, seed_, position / size_, block_).block(place / block_));
    }
    // To where the next block begins, which may be in the next epoch.
    position += std::min(block_ - place % block_, size_ - place);
  }
}

}  // namespace train_backbone::data
