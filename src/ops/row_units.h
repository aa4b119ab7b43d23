#pragma once

#include <algorithm>
#include <cstdint>

namespace train_backbone::ops {

// Rows of channels cut into units of work: blocks of rows times slices of channels. A function of
// the shape alone, so that sums over units do not depend on threads.
class RowUnits {
 public:
  RowUnits(int64_t rows, int64_t channels)
      : rows_(rows),
        channels_(channels),
        slices_((channels + kSlice - 1) / kSlice),
        blocks_(std::clamp(kUnits / slices_, int64_t{1}, (rows + kLeastRows - 1) / kLeastRows)) {}

  [[nodiscard]] int64_t rows() const { return rows_; }
  [[nodiscard]] int64_t channels() const { return channels_; }
  [[nodiscard]] int64_t blocks() const { return blocks_; }
  [[nodiscard]] int64_t count() const { return blocks_ * slices_; }

  // Slices lie together within a block: neighbours in memory are neighbours in number.
  [[nodiscard]] int64_t block_of(int64_t unit) const { return unit / slices_; }
  [[nodiscard]] int64_t first_channel(int64_t unit) const { return unit % slices_ * kSlice; }
  [[nodiscard]] int64_t channels_of(int64_t unit) const {
    return std::min(kSlice, channels_ - first_channel(unit));
  }
  [[nodiscard]] int64_t first_row(int64_t block) const { return rows_ * block / blocks_; }

 private:
  static constexpr int64_t kUnits = 64;
  static constexpr int64_t kSlice = 256;     // 1 KiB of fp32: a stretch that the CPU reads ahead
  static constexpr int64_t kLeastRows = 32;  // else handing in the sums costs more than they do

  int64_t rows_;
  int64_t channels_;
  int64_t slices_;
  int64_t blocks_;
};

}  // namespace train_backbone::ops
