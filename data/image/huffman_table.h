#pragma once

#include <cstdio>  // jpeglib.h needs it before

#include <jpeglib.h>

#include <array>
#include <cstdint>

#include "data/image/bit_reader.h"

namespace train_backbone::data {

// The value of `size` raw bits (ITU-T T.81, F.2.2.1, EXTEND). 1 <= size <= 15.
inline int extended(uint32_t raw, unsigned size) {
  const int value = static_cast<int>(raw);
  return value < 1 << (size - 1) ? value - (1 << size) + 1 : value;
}

// One Huffman table of a JPEG file, made for fast lookup of single symbols.
class HuffmanTable {
 public:
  static constexpr unsigned kMaxLength = 16;

  // Makes the lookup tables of a definition that libjpeg has found valid. True when it differs
  // from the one before; an equal one costs a comparison.
  bool assign(const JHUFF_TBL& definition);

  struct Symbol {
    uint8_t value = 0;
    uint8_t length = 0;  // of its code; 0: no such code
  };
  // The symbol that the highest of `bits`, of which kMaxLength count, begin with.
  [[nodiscard]] Symbol find(uint32_t bits) const {
    const Symbol symbol = short_codes_[bits >> (kMaxLength - kShort)];
    return symbol.length != 0 ? symbol : find_long(bits);
  }

 private:
  static constexpr unsigned kShort = 9;

  [[nodiscard]] Symbol find_long(uint32_t bits) const;

  std::array<uint8_t, 17> counts_ = {};
  std::array<uint8_t, 256> values_ = {};
  std::array<Symbol, 1 << kShort> short_codes_ = {};
  // Per length: one past its last code, left-aligned in kMaxLength bits, and what to add to a code
  // for its place in values_.
  std::array<uint32_t, kMaxLength + 1> end_codes_ = {};
  std::array<int, kMaxLength + 1> offsets_ = {};
};

// What the next bits of a block's AC coefficients say, as far as kIndexBits reach: up to two
// (run, value) pairs, or one and the block's end. Applied without looking at its kind: skip `run`
// coefficients, store `first`; go on by `step`, store `second`; go on by one. With one value, step
// is 0 and second repeats it; with none, both store a zero where nothing was stored yet.
struct AcEntry {
  enum Stop : uint8_t {
    kGoOn,
    kBlockEnds,
    kLongSymbol,  // nothing is told: take one symbol the slow way
  };

  int16_t first = 0;
  int16_t second = 0;
  uint8_t run = 0;
  uint8_t step = 0;
  uint8_t bits = 0;  // of all
  // Bits of what comes after the first value or end << 2 | Stop. That of a table without codes too.
  uint8_t more_bits = kLongSymbol;

  [[nodiscard]] Stop stop() const { return static_cast<Stop>(more_bits & 3); }
  // A block that the first value fills ends there: these bits belong to the next block.
  [[nodiscard]] unsigned bits_after_first() const { return more_bits >> 2; }
};

// The AC table of a component.
class AcTable {
 public:
  static constexpr unsigned kIndexBits = 10;

  void assign(const JHUFF_TBL& definition);

  [[nodiscard]] const AcEntry& entry(uint32_t index) const { return entries_[index]; }
  [[nodiscard]] const HuffmanTable& symbols() const { return symbols_; }

 private:
  [[nodiscard]] AcEntry make_entry(uint32_t index) const;

  HuffmanTable symbols_;
  alignas(64) std::array<AcEntry, 1 << kIndexBits> entries_ = {};
};

}  // namespace train_backbone::data
