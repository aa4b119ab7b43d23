#include "data/image/entropy_decoder.h"

#include <jerror.h>
#include <jpegint.h>

#include <span>

#include "data/image/scan_bytes.h"

namespace train_backbone::data {
namespace {

// Damaged data may read on to the end of an MCU: at most 31 bits for each of its coefficients.
constexpr size_t kSlackBytes = size_t{D_MAX_BLOCKS_IN_MCU} * DCTSIZE2 * 4 + sizeof(uint64_t);

// Place of the coefficient that comes k-th in the file. A damaged run leads past the end, by two
// runs of 16 at most.
constexpr std::array<uint8_t, DCTSIZE2 + 32> make_zigzag() {
  std::array<uint8_t, DCTSIZE2 + 32> order = {};
  int row = 0;
  int column = 0;
  for (size_t k = 0; k < order.size(); ++k) {
    order[k] = static_cast<uint8_t>(k < DCTSIZE2 ? row * DCTSIZE + column : DCTSIZE2 - 1);
    const bool upwards = (row + column) % 2 == 0;
    int& along = upwards ? column : row;
    int& back = upwards ? row : column;
    if (along == DCTSIZE - 1) {
      ++back;
    } else {
      ++along;
      back -= back > 0 ? 1 : 0;
    }
  }
  return order;
}
constexpr std::array<uint8_t, DCTSIZE2 + 32> kZigzag = make_zigzag();

[[noreturn]] void fail(j_decompress_ptr info, int code) {
  info->err->msg_code = code;
  info->err->error_exit(reinterpret_cast<j_common_ptr>(info));
  __builtin_unreachable();
}

[[gnu::always_inline]] inline HuffmanTable::Symbol read_symbol(j_decompress_ptr info,
                                                               BitReader& bits,
                                                               const HuffmanTable& table) {
  const HuffmanTable::Symbol symbol = table.find(bits.peek(HuffmanTable::kMaxLength));
  if (symbol.length == 0) fail(info, JWRN_HUFF_BAD_CODE);
  bits.skip(symbol.length);
  return symbol;
}

int read_value(BitReader& bits, unsigned size) {
  if (size == 0) return 0;
  const int value = extended(bits.peek(size), size);
  bits.skip(size);
  return value;
}

// One AC symbol of any length. False where the block ends before it is full.
template <bool kStore>
[[gnu::always_inline]] inline bool read_long_ac(j_decompress_ptr info, BitReader& bits,
                                                const HuffmanTable& table, unsigned& k,
                                                JCOEF* block) {
  const HuffmanTable::Symbol symbol = read_symbol(info, bits, table);
  const unsigned run = symbol.value >> 4;
  const unsigned size = symbol.value & 15;
  if (size == 0 && run != 15) return false;
  k += run;
  if (k >= DCTSIZE2) fail(info, JWRN_HUFF_BAD_CODE);
  const int value = read_value(bits, size);
  if constexpr (kStore) block[kZigzag[k]] = static_cast<JCOEF>(value);
  ++k;
  return true;
}

// Reads the AC coefficients of one block. kStore: into the zeroed block, in natural order.
template <bool kStore>
[[gnu::always_inline]] inline void read_ac(j_decompress_ptr info, BitReader& bits,
                                           const AcTable& table, JCOEF* block) {
  unsigned k = 1;
  AcEntry entry;
  while (k < DCTSIZE2) {
    bits.refill();
    entry = table.entry(bits.peek(AcTable::kIndexBits));
    bits.skip(entry.bits);
    k += entry.run;
    if constexpr (kStore) block[kZigzag[k]] = entry.first;
    k += entry.step;
    if constexpr (kStore) block[kZigzag[k]] = entry.second;
    ++k;
    if (entry.stop() == AcEntry::kGoOn) continue;
    if (entry.stop() == AcEntry::kBlockEnds) break;
    --k;
    if (!read_long_ac<kStore>(info, bits, table.symbols(), k, block)) return;
  }
  if (k < DCTSIZE2 || entry.stop() == AcEntry::kLongSymbol) return;
  // The block is full; the entry may have told of the next one already.
  if (k - entry.step == DCTSIZE2) {
    if constexpr (kStore) block[DCTSIZE2 - 1] = entry.first;
    bits.rewind(entry.bits_after_first());
  } else if (k > DCTSIZE2) {
    fail(info, JWRN_HUFF_BAD_CODE);
  }
}

bool end_marker_at(std::span<const uint8_t> bytes) {
  return bytes.size() >= 2 && bytes[0] == 0xFF && bytes[1] == JPEG_EOI;
}

}  // namespace

// Arithmetic coding has sixteen tables of its own, and libjpeg has looked at the numbers of Huffman
// tables only if it is to use them.
bool EntropyDecoder::can_decode(j_decompress_ptr info) {
  if (info->progressive_mode != FALSE || info->arith_code != FALSE || info->restart_interval != 0 ||
      info->data_precision != 8 || jpeg_has_multiple_scans(info) != FALSE) {
    return false;
  }
  const auto is_there = [](const auto& tables, int number) {
    return number >= 0 && number < NUM_HUFF_TBLS && tables[number] != nullptr;
  };
  for (int component = 0; component < info->comps_in_scan; ++component) {
    const jpeg_component_info& about = *info->cur_comp_info[component];
    // Lossless files, which libjpeg-turbo 3 reads, have none for AC.
    if (!is_there(info->dc_huff_tbl_ptrs, about.dc_tbl_no) ||
        !is_there(info->ac_huff_tbl_ptrs, about.ac_tbl_no)) {
      return false;
    }
  }
  return true;
}

void EntropyDecoder::take_over(j_decompress_ptr info) {
  if (!can_decode(info)) return;
  jpeg_source_mgr& source = *info->src;
  const std::span<const uint8_t> input(source.next_input_byte, source.bytes_in_buffer);
  const ScanBytes scan = copy_scan(input, kSlackBytes, data_);
  // Any other marker is damage, which libjpeg sees from the bytes that are left before it.
  if (!end_marker_at(input.subspan(scan.marker))) return;
  read_tables(info);
  // For libjpeg the scan has been read.
  source.next_input_byte += scan.marker;
  source.bytes_in_buffer -= scan.marker;
  bits_ = BitReader(data_.data(), scan.bytes);
  last_dc_ = {};
  column_ = 0;
  columns_ = info->MCUs_per_row;
  want_columns(0, columns_);
  info->client_data = this;
  info->entropy->decode_mcu = &decode_mcu;
}

void EntropyDecoder::read_tables(j_decompress_ptr info) {
  for (int component = 0; component < info->comps_in_scan; ++component) {
    const jpeg_component_info& about = *info->cur_comp_info[component];
    dc_tables_[static_cast<size_t>(about.dc_tbl_no)].assign(
        *info->dc_huff_tbl_ptrs[about.dc_tbl_no]);
    ac_tables_[static_cast<size_t>(about.ac_tbl_no)].assign(
        *info->ac_huff_tbl_ptrs[about.ac_tbl_no]);
  }
  for (int block = 0; block < info->blocks_in_MCU; ++block) {
    const int component = info->MCU_membership[block];
    const jpeg_component_info& about = *info->cur_comp_info[component];
    block_tables_[static_cast<size_t>(block)] = {&dc_tables_[static_cast<size_t>(about.dc_tbl_no)],
                                                 &ac_tables_[static_cast<size_t>(about.ac_tbl_no)],
                                                 component};
  }
}

void EntropyDecoder::want_columns(JDIMENSION first, JDIMENSION end) {
  first_wanted_ = first;
  end_wanted_ = end;
}

bool EntropyDecoder::wants_next_mcu() {
  const JDIMENSION column = column_;
  column_ = column + 1 == columns_ ? 0 : column + 1;
  return column >= first_wanted_ && column < end_wanted_;
}

// libjpeg gives no blocks for rows that are skipped.
boolean EntropyDecoder::decode_mcu(j_decompress_ptr info, JBLOCKROW* blocks) {
  auto* self = static_cast<EntropyDecoder*>(info->client_data);
  if (self->wants_next_mcu() && blocks != nullptr) {
    self->decode_blocks<true>(info, blocks);
  } else {
    self->decode_blocks<false>(info, nullptr);
  }
  return TRUE;
}

template <bool kStore>
void EntropyDecoder::decode_blocks(j_decompress_ptr info, JBLOCKROW* blocks) {
  BitReader bits = bits_;
  const auto count = static_cast<size_t>(info->blocks_in_MCU);
  for (size_t index = 0; index < count; ++index) {
    const BlockTables& tables = block_tables_[index];
    JCOEF* block = nullptr;
    if constexpr (kStore) block = *blocks[index];
    bits.refill();
    const HuffmanTable::Symbol size = read_symbol(info, bits, *tables.dc);
    int& last_dc = last_dc_[static_cast<size_t>(tables.component)];
    // Damaged data may add up to anything; the sum wraps in the 16 bits of a coefficient.
    last_dc = static_cast<JCOEF>(last_dc + read_value(bits, size.value & 15));
    if constexpr (kStore) block[0] = static_cast<JCOEF>(last_dc);
    read_ac<kStore>(info, bits, *tables.ac, block);
  }
  if (bits.overrun()) fail(info, JWRN_HIT_MARKER);
  bits_ = bits;
}

}  // namespace train_backbone::data
