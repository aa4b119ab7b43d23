#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace train_backbone::data {

// Python 3's `random` as far as random.seed(INTEGER) and random.shuffle(LIST) use it, so that a
// list gets the order that Python gives it: MT19937 (Matsumoto and Nishimura 1998) initialised by
// an array of the seed's 32-bit words, and indexes drawn as getrandbits(bit_length) until one is
// small enough. Not thread safe.
class PythonRandom {
 public:
  explicit PythonRandom(uint64_t seed);

  uint32_t bits32();
  // Uniform in {0, ..., n - 1}; 0 < n.
  uint32_t below(uint32_t n);
  // Fewer than 2^32 elements.
  void shuffle(std::vector<uint32_t>& list);

 private:
  static constexpr size_t kWords = 624;

  void seed_by_number(uint32_t number);
  void twist();

  std::array<uint32_t, kWords> state_{};
  size_t used_ = kWords;
};

}  // namespace train_backbone::data
