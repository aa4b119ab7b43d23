#include "models/joint_statistics.h"

#include <ATen/ops/batch_norm_update_stats.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/full.h>

#include <stdexcept>

namespace train_backbone::models {

JointStatistics joint_statistics(const at::Tensor& input, const RankGroup& ranks) {
  const int64_t channels = input.size(1);
  const int64_t own_count = input.numel() / channels;
  // One fused pass over the input gives this rank's mean and biased variance.
  const auto [raw_mean, raw_variance] = at::batch_norm_update_stats(input, {}, {}, 0);
  const at::Tensor own_mean = raw_mean.to(at::kDouble);

  at::Tensor sums = at::cat({own_mean, at::full({1}, own_count, own_mean.options())});
  ranks.sum(sums);
  if (sums[channels].item<double>() != static_cast<double>(own_count * ranks.world_size)) {
    throw std::invalid_argument("batch normalisation over ranks: their batches differ in size");
  }
  at::Tensor mean = sums.narrow(0, 0, channels) / ranks.world_size;

  // The own part's squared deviations from the joint mean, per value: exact, all terms positive.
  at::Tensor variance = raw_variance.to(at::kDouble) + (own_mean - mean).square();
  ranks.sum(variance);
  variance /= ranks.world_size;
  return {.mean = mean, .variance = variance, .count = own_count * ranks.world_size};
}

}  // namespace train_backbone::models
