#include "ops/row_sums.h"

#include "ops/parallel.h"

namespace train_backbone::ops {

ChannelSums sum_over_rows(const RowUnits& units, const AddUnit& add) {
  const int64_t channels = units.channels();
  std::vector<double> parts(static_cast<size_t>(2 * units.blocks() * channels));
  parallel_ranges(units.count(), [&](int64_t begin, int64_t end) {
    for (int64_t unit = begin; unit < end; ++unit) {
      const int64_t block = units.block_of(unit);
      const int64_t channel = units.first_channel(unit);
      const int64_t row = units.first_row(block);
      double* const first = parts.data() + 2 * block * channels + channel;
      add(row * channels + channel, channel,
          RowBlock{.rows = units.first_row(block + 1) - row,
                   .channels = units.channels_of(unit),
                   .stride = channels},
          first, first + channels);
    }
  });
  const auto size = static_cast<size_t>(channels);
  ChannelSums sums{.first = std::vector<double>(size), .second = std::vector<double>(size)};
  for (int64_t block = 0; block < units.blocks(); ++block) {
    const double* const part = parts.data() + 2 * block * channels;
    for (size_t c = 0; c < size; ++c) {
      sums.first[c] += part[c];
      sums.second[c] += part[size + c];
    }
  }
  return sums;
}

// Each thread goes from its last block to its first: what it read last is still in its cache.
void write_rows(const RowUnits& units, const WriteRows& write) {
  const RowUnits whole(units.rows(), 1);
  parallel_ranges(whole.count(), [&](int64_t begin, int64_t end) {
    for (int64_t block = end; block-- > begin;) {
      const int64_t row = whole.first_row(block);
      write(row * units.channels(), RowBlock{.rows = whole.first_row(block + 1) - row,
                                             .channels = units.channels(),
                                             .stride = units.channels()});
    }
  });
}

}  // namespace train_backbone::ops
