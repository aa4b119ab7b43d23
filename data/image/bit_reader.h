#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace train_backbone::data {

// Reads bits, highest first, from bytes that are followed by readable slack: no check per read, the
// owner asks overrun() often enough. A small value that is copied into registers and back.
class BitReader {
 public:
  // Bits that may be taken between two refills.
  static constexpr unsigned kBitsPerRefill = 56;

  BitReader() = default;
  BitReader(const uint8_t* begin, size_t bytes) : next_(begin), end_(begin + bytes) {}

  // Without a branch: whole bytes are added until at least kBitsPerRefill are there (after
  // Giesen, "Reading bits in far too many ways", variant 4).
  void refill() {
    uint64_t word = 0;
    std::memcpy(&word, next_, sizeof(word));
    if constexpr (std::endian::native == std::endian::little) {
      word = __builtin_bswap64(word);
    }
    bits_ |= word >> count_;
    next_ += (63 - count_) >> 3;
    count_ |= 56;
  }

  // 1 <= count <= 32, and no more than are there.
  [[nodiscard]] uint32_t peek(unsigned count) const {
    return static_cast<uint32_t>(bits_ >> (64 - count));
  }
  void skip(unsigned count) {
    bits_ <<= count;
    count_ -= count;
  }

  // Takes back what was skipped last. count <= 32.
  void rewind(unsigned count) {
    const unsigned unread = count_ + count;
    next_ -= unread >> 3;
    count_ = unread & 7;
    bits_ = count_ == 0 ? 0 : uint64_t{next_[-1]} << (64 - count_);
    refill();
  }

  // More bits were skipped than the data has.
  [[nodiscard]] bool overrun() const { return next_ - (count_ >> 3) > end_; }

 private:
  const uint8_t* next_ = nullptr;
  const uint8_t* end_ = nullptr;
  uint64_t bits_ = 0;
  unsigned count_ = 0;
};

}  // namespace train_backbone::data
