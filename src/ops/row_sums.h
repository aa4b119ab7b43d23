#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "ops/batch_norm_act_cpu.h"
#include "ops/row_units.h"

namespace train_backbone::ops {

// Two sums per channel, over all rows.
struct ChannelSums {
  std::vector<double> first;
  std::vector<double> second;
};

// Adds to the sums of the channels of one unit: `offset` is that of its first element, `channel`
// its first channel.
using AddUnit = std::function<void(int64_t offset, int64_t channel, RowBlock block, double* first,
                                   double* second)>;
using WriteRows = std::function<void(int64_t offset, RowBlock block)>;

// Runs `add` for all units on the compute threads and adds up the units' sums in the order of the
// rows: the same bits for any number of threads.
ChannelSums sum_over_rows(const RowUnits& units, const AddUnit& add);

// Runs `write` on the compute threads for blocks of whole rows that together are all rows.
void write_rows(const RowUnits& units, const WriteRows& write);

}  // namespace train_backbone::ops
