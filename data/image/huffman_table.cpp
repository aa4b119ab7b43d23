#include "data/image/huffman_table.h"

#include <algorithm>
#include <numeric>

namespace train_backbone::data {

bool HuffmanTable::assign(const JHUFF_TBL& definition) {
  const auto count = std::accumulate(definition.bits + 1, definition.bits + 17, 0);
  if (std::equal(counts_.begin() + 1, counts_.end(), definition.bits + 1) &&
      std::equal(values_.begin(), values_.begin() + count, definition.huffval)) {
    return false;
  }
  std::copy_n(definition.bits, counts_.size(), counts_.begin());
  std::copy_n(definition.huffval, values_.size(), values_.begin());
  short_codes_ = {};
  uint32_t code = 0;
  int place = 0;
  for (unsigned length = 1; length <= kMaxLength; ++length, code <<= 1) {
    offsets_[length] = place - static_cast<int>(code);
    for (int index = 0; index < counts_[length]; ++index, ++code, ++place) {
      if (length <= kShort) {
        std::fill_n(short_codes_.begin() + (code << (kShort - length)), 1 << (kShort - length),
                    Symbol{values_[static_cast<size_t>(place)], static_cast<uint8_t>(length)});
      }
    }
    end_codes_[length] = code << (kMaxLength - length);
  }
  return true;
}

HuffmanTable::Symbol HuffmanTable::find_long(uint32_t bits) const {
  for (unsigned length = kShort + 1; length <= kMaxLength; ++length) {
    if (bits < end_codes_[length]) {
      const int place = static_cast<int>(bits >> (kMaxLength - length)) + offsets_[length];
      return {values_[static_cast<size_t>(place)], static_cast<uint8_t>(length)};
    }
  }
  return {};
}

void AcTable::assign(const JHUFF_TBL& definition) {
  if (!symbols_.assign(definition)) {
    return;
  }
  for (uint32_t index = 0; index < entries_.size(); ++index) {
    entries_[index] = make_entry(index);
  }
}

// The low half of an AC symbol is the size of a value, the high one the run of zeros before it.
AcEntry AcTable::make_entry(uint32_t index) const {
  constexpr unsigned kZeroRun = 15;
  AcEntry entry;
  unsigned bits = 0;
  unsigned first_bits = 0;
  AcEntry::Stop stop = AcEntry::kGoOn;
  for (int values = 0; values < 2 && stop == AcEntry::kGoOn; ++values) {
    const uint32_t rest = index << (HuffmanTable::kMaxLength - kIndexBits + bits) & 0xFFFF;
    const HuffmanTable::Symbol symbol = symbols_.find(rest);
    const unsigned run = symbol.value >> 4;
    const unsigned size = symbol.value & 15;
    if (symbol.length == 0 || bits + symbol.length + size > kIndexBits ||
        (size == 0 && run == kZeroRun)) {
      stop = values == 0 ? AcEntry::kLongSymbol : stop;
      break;
    }
    bits += symbol.length + size;
    first_bits = values == 0 ? bits : first_bits;
    if (size == 0) {
      stop = AcEntry::kBlockEnds;
      break;
    }
    const uint32_t raw = (rest << symbol.length & 0xFFFF) >> (HuffmanTable::kMaxLength - size);
    entry.second = static_cast<int16_t>(extended(raw, size));
    entry.first = values == 0 ? entry.second : entry.first;
    (values == 0 ? entry.run : entry.step) = static_cast<uint8_t>(values == 0 ? run : run + 1);
  }
  entry.bits = static_cast<uint8_t>(bits);
  entry.more_bits = static_cast<uint8_t>((bits - first_bits) << 2 | stop);
  return entry;
}

}  // namespace train_backbone::data
