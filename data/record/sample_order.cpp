#include "train_backbone/data/record/sample_order.h"

#include <bit>

#include "train_backbone/core/rng.h"

namespace train_backbone::data {
namespace {

constexpr uint32_t kFeistelRounds = 6;

// Round function of the Feistel network: Philox of (half, round, epoch) under the seed.
uint64_t scramble(uint64_t half, uint32_t round, uint64_t seed, uint64_t epoch) {
  const auto low = [](uint64_t value) { return static_cast<uint32_t>(value); };
  const auto high = [](uint64_t value) { return static_cast<uint32_t>(value >> 32); };
  const uint32_t tag = static_cast<uint32_t>(core::RngStream::kShuffle) | (round << 8);
  const auto block =
      core::philox4x32({low(half), tag, low(epoch), high(half)}, {low(seed), high(seed)});
  return (uint64_t{block[1]} << 32) | block[0];
}

}  // namespace

IndexShuffle::IndexShuffle(uint64_t size, uint64_t seed, uint64_t epoch)
    : size_(size), seed_(seed), epoch_(epoch) {
  const auto bits = static_cast<unsigned>(std::bit_width(size > 1 ? size - 1 : 1));
  half_bits_ = (bits + 1) / 2;
}

uint64_t IndexShuffle::permute(uint64_t value) const {
  const uint64_t mask = (uint64_t{1} << half_bits_) - 1;
  uint64_t left = value >> half_bits_;
  uint64_t right = value & mask;
  for (uint32_t round = 0; round < kFeistelRounds; ++round) {
    const uint64_t next = left ^ (scramble(right, round, seed_, epoch_) & mask);
    left = right;
    right = next;
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

SampleRef SampleOrder::at(uint64_t position) const {
  const uint64_t epoch = position / size_;
  return {epoch, IndexShuffle(size_, seed_, epoch)(position % size_)};
}

}  // namespace train_backbone::data
