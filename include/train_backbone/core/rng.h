#pragma once

#include <array>
#include <cstdint>

namespace train_backbone::core {

// Philox4x32-10 (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC'11): 128 random
// bits as a pure function of key and counter.
std::array<uint32_t, 4> philox4x32(std::array<uint32_t, 4> counter, std::array<uint32_t, 2> key);

// What a stream of draws is for; streams of one sample are independent of each other.
enum class RngStream : uint32_t {
  kAugment = 0,
  kMixup = 1,
  kShuffle = 2,
  kInit = 3,
  kReplacement = 4
};

// The random numbers that belong to one sample in one epoch: a pure function of
// (seed, stream, epoch, sample), never of threads, ranks or timing.
// A value type; not thread safe, each user makes its own.
class SampleRng {
 public:
  // epoch < 2^32, sample < 2^32 (a data set of more records would repeat draws, and is refused by
  // the index).
  SampleRng(uint64_t seed, RngStream stream, uint64_t epoch, uint64_t sample);

  uint32_t bits32();
  uint64_t bits64();
  // Uniform in [0, 1), 24 bits as a float holds.
  float uniform();
  // Uniform in [0, 1), 53 bits.
  double uniform_double();
  // Uniform in {0, ..., n - 1}, without modulo bias. n > 0.
  uint32_t below(uint32_t n);
  // Standard normal (Box-Muller).
  double normal();
  // Gamma(shape, 1), shape > 0 (Marsaglia and Tsang 2000; shapes below 1 by boosting).
  double gamma(double shape);
  // Beta(a, b), a > 0 and b > 0, from two gammas.
  double beta(double a, double b);

 private:
  struct GammaDraw {
    double value = 0;
    double log = 0;  // of the value, also where that is too small or too large for a double
  };
  GammaDraw draw_gamma(double shape);

  std::array<uint32_t, 2> key_;
  std::array<uint32_t, 4> counter_;
  std::array<uint32_t, 4> block_{};
  unsigned used_ = 4;
};

}  // namespace train_backbone::core
