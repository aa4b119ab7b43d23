#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

#include "train_backbone/models/sync_batch_norm.h"

namespace train_backbone::models {

// The ranks whose batches are one.
struct RankGroup {
  SumOverRanks sum;
  int64_t world_size = 1;
};

// Of the joined batch, per channel.
struct JointStatistics {
  at::Tensor mean;      // [C], fp64
  at::Tensor variance;  // [C], fp64, biased
  int64_t count = 0;    // values per channel
};

// Collective. input: [N, C, H, W], fp32 or fp64. Two passes: the mean first, then the squared
// deviations from it, so that nothing cancels where the mean is large. Both reductions are in fp64.
// Throws std::invalid_argument when the ranks' shares differ in size.
JointStatistics joint_statistics(const at::Tensor& input, const RankGroup& ranks);

}  // namespace train_backbone::models
