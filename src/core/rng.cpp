#include "train_backbone/core/rng.h"

#include <cmath>
#include <numbers>

namespace train_backbone::core {
namespace {

// Multipliers and key increments of Philox4x32 (Salmon et al., table 2 and section 4.3).
constexpr uint64_t kMultiplier0 = 0xD2511F53;
constexpr uint64_t kMultiplier1 = 0xCD9E8D57;
constexpr uint32_t kWeyl0 = 0x9E3779B9;
constexpr uint32_t kWeyl1 = 0xBB67AE85;
constexpr int kRounds = 10;

constexpr uint32_t low32(uint64_t value) { return static_cast<uint32_t>(value); }
constexpr uint32_t high32(uint64_t value) { return static_cast<uint32_t>(value >> 32); }

}  // namespace

std::array<uint32_t, 4> philox4x32(std::array<uint32_t, 4> counter, std::array<uint32_t, 2> key) {
  for (int round = 0; round < kRounds; ++round) {
    const uint64_t product0 = kMultiplier0 * counter[0];
    const uint64_t product1 = kMultiplier1 * counter[2];
    counter = {high32(product1) ^ counter[1] ^ key[0], low32(product1),
               high32(product0) ^ counter[3] ^ key[1], low32(product0)};
    key[0] += kWeyl0;
    key[1] += kWeyl1;
  }
  return counter;
}

SampleRng::SampleRng(uint64_t seed, RngStream stream, uint64_t epoch, uint64_t sample)
    : key_{low32(seed), high32(seed)},
      counter_{0, static_cast<uint32_t>(stream), low32(epoch), low32(sample)} {}

uint32_t SampleRng::bits32() {
  if (used_ == block_.size()) {
    block_ = philox4x32(counter_, key_);
    ++counter_[0];
    used_ = 0;
  }
  return block_[used_++];
}

uint64_t SampleRng::bits64() {
  const uint64_t high = bits32();
  return (high << 32) | bits32();
}

float SampleRng::uniform() { return static_cast<float>(bits32() >> 8) * 0x1p-24F; }

double SampleRng::uniform_double() { return static_cast<double>(bits64() >> 11) * 0x1p-53; }

uint32_t SampleRng::below(uint32_t n) {
  // Lemire 2019: the high half of a product is uniform once the short low range is rejected.
  uint64_t product = static_cast<uint64_t>(bits32()) * n;
  if (low32(product) < n) {
    const uint32_t threshold = (0U - n) % n;
    while (low32(product) < threshold) product = static_cast<uint64_t>(bits32()) * n;
  }
  return high32(product);
}

double SampleRng::normal() {
  const double radius = std::sqrt(-2.0 * std::log(1.0 - uniform_double()));
  return radius * std::cos(2.0 * std::numbers::pi * uniform_double());
}

double SampleRng::gamma(double shape) { return draw_gamma(shape).value; }

SampleRng::GammaDraw SampleRng::draw_gamma(double shape) {
  if (shape < 1.0) {
    const double boosted = draw_gamma(shape + 1.0).value;
    const double u = 1.0 - uniform_double();
    return {.value = boosted * std::pow(u, 1.0 / shape),
            .log = std::log(boosted) + std::log(u) / shape};
  }
  const double d = shape - 1.0 / 3.0;
  const double c = 1.0 / std::sqrt(9.0 * d);
  for (;;) {
    const double x = normal();
    const double v = std::pow(1.0 + c * x, 3.0);
    if (v <= 0.0) continue;
    const double u = 1.0 - uniform_double();
    if (std::log(u) < 0.5 * x * x + d - d * v + d * std::log(v)) {
      return {.value = d * v, .log = std::log(d) + std::log(v)};
    }
  }
}

double SampleRng::beta(double a, double b) {
  const GammaDraw x = draw_gamma(a);
  const GammaDraw y = draw_gamma(b);
  const double sum = x.value + y.value;
  if (sum > 0.0 && std::isfinite(sum)) return x.value / sum;
  // Tiny shapes underflow to zero, huge ones overflow: their logarithms still compare.
  return 1.0 / (1.0 + std::exp(y.log - x.log));
}

}  // namespace train_backbone::core
