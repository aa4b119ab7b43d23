#pragma once

#include <cstdio>  // jpeglib.h needs it before

#include <jpeglib.h>

#include <array>
#include <cstdint>
#include <vector>

#include "data/image/bit_reader.h"
#include "data/image/huffman_table.h"

namespace train_backbone::data {

// Huffman decoding of sequential JPEGs in place of libjpeg's own, which takes two thirds of the
// time of a decode: two coefficients per table lookup, no test per byte for stuffing or the end of
// the data, and nothing stored for blocks that lie beside the wanted columns. The coefficients are
// libjpeg's, bit for bit; what libjpeg warns of is an error. Keeps its memory and tables between
// files (tables are compared with each file's). Not thread safe. Must stay where it is while a file
// is open: libjpeg calls it.
class EntropyDecoder {
 public:
  // To be called between jpeg_start_decompress() and the first row. Takes over files with one scan,
  // 8 bits, Huffman codes and no markers between scan and end, and leaves others to libjpeg. Uses
  // info->client_data. Errors go through info->err, from any later call of libjpeg.
  void take_over(j_decompress_ptr info);
  // Only the MCU columns [first, end) are going to be looked at.
  void want_columns(JDIMENSION first, JDIMENSION end);

 private:
  struct BlockTables {
    const HuffmanTable* dc = nullptr;
    const AcTable* ac = nullptr;
    int component = 0;  // place in last_dc_
  };

  static boolean decode_mcu(j_decompress_ptr info, JBLOCKROW* blocks);
  static bool can_decode(j_decompress_ptr info);
  void read_tables(j_decompress_ptr info);
  template <bool kStore>
  void decode_blocks(j_decompress_ptr info, JBLOCKROW* blocks);
  bool wants_next_mcu();

  BitReader bits_;
  std::vector<uint8_t> data_;  // the scan without stuffing, and slack
  std::array<HuffmanTable, NUM_HUFF_TBLS> dc_tables_;
  std::array<AcTable, NUM_HUFF_TBLS> ac_tables_;
  std::array<BlockTables, D_MAX_BLOCKS_IN_MCU> block_tables_;
  std::array<int, MAX_COMPS_IN_SCAN> last_dc_ = {};
  JDIMENSION column_ = 0;
  JDIMENSION columns_ = 0;
  JDIMENSION first_wanted_ = 0;
  JDIMENSION end_wanted_ = 0;
};

}  // namespace train_backbone::data
