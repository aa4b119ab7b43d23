#include "data/prepare/python_random.h"

#include <algorithm>
#include <bit>
#include <utility>

namespace train_backbone::data {
namespace {

// Constants of MT19937 and of its initialisation (Matsumoto and Nishimura, version of 2002).
constexpr size_t kShift = 397;
constexpr uint32_t kMatrix = 0x9908B0DFU;
constexpr uint32_t kUpperBit = 0x80000000U;
constexpr uint32_t kFirstNumber = 19650218U;
constexpr uint32_t kMultiplier = 1812433253U;
constexpr uint32_t kArrayMultiplier1 = 1664525U;
constexpr uint32_t kArrayMultiplier2 = 1566083941U;

constexpr uint32_t mixed(uint32_t word) { return word ^ (word >> 30); }

}  // namespace

PythonRandom::PythonRandom(uint64_t seed) {
  std::vector<uint32_t> key = {static_cast<uint32_t>(seed)};
  if ((seed >> 32) != 0) key.push_back(static_cast<uint32_t>(seed >> 32));
  seed_by_number(kFirstNumber);
  size_t i = 1;
  const auto advance = [&] {
    if (++i < kWords) return;
    state_[0] = state_[kWords - 1];
    i = 1;
  };
  for (size_t k = 0; k < std::max(kWords, key.size()); ++k) {
    const size_t j = k % key.size();
    state_[i] = (state_[i] ^ (mixed(state_[i - 1]) * kArrayMultiplier1)) + key[j] +
                static_cast<uint32_t>(j);
    advance();
  }
  for (size_t k = 1; k < kWords; ++k) {
    state_[i] = (state_[i] ^ (mixed(state_[i - 1]) * kArrayMultiplier2)) - static_cast<uint32_t>(i);
    advance();
  }
  state_[0] = kUpperBit;
}

void PythonRandom::seed_by_number(uint32_t number) {
  state_[0] = number;
  for (size_t i = 1; i < kWords; ++i) {
    state_[i] = kMultiplier * mixed(state_[i - 1]) + static_cast<uint32_t>(i);
  }
}

void PythonRandom::twist() {
  for (size_t i = 0; i < kWords; ++i) {
    const uint32_t joined = (state_[i] & kUpperBit) | (state_[(i + 1) % kWords] & ~kUpperBit);
    state_[i] = state_[(i + kShift) % kWords] ^ (joined >> 1) ^ ((joined & 1U) != 0 ? kMatrix : 0U);
  }
  used_ = 0;
}

uint32_t PythonRandom::bits32() {
  if (used_ == kWords) twist();
  uint32_t word = state_[used_++];
  word ^= word >> 11;
  word ^= (word << 7) & 0x9D2C5680U;
  word ^= (word << 15) & 0xEFC60000U;
  return word ^ (word >> 18);
}

uint32_t PythonRandom::below(uint32_t n) {
  const int bits = std::bit_width(n);
  uint32_t drawn = n;
  while (drawn >= n) drawn = bits32() >> (32 - bits);
  return drawn;
}

void PythonRandom::shuffle(std::vector<uint32_t>& list) {
  for (size_t i = list.size(); i > 1; --i) {
    std::swap(list[i - 1], list[below(static_cast<uint32_t>(i))]);
  }
}

}  // namespace train_backbone::data
