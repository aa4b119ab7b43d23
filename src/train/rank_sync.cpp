#include "train_backbone/train/rank_sync.h"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/_foreach_copy.h>
#include <ATen/ops/cat.h>

#include <array>
#include <cmath>
#include <utility>

namespace train_backbone::train {

RankSync::RankSync(comm::Communicator& communicator,
                   std::unique_ptr<comm::GradientReducer> gradients,
                   const models::Classifier& model, bool average_statistics,
                   comm::DeviceRanks* device)
    : communicator_(communicator), gradients_(std::move(gradients)), device_(device) {
  if (!average_statistics) return;
  int64_t elements = 0;
  for (const at::Tensor& buffer : model.buffers()) {
    if (buffer.scalar_type() != at::kFloat) continue;  // counters are the same everywhere
    statistics_.push_back(buffer);
    elements += buffer.numel();
  }
  sums_.resize(static_cast<size_t>(elements));
}

void RankSync::begin(bool last_pass) { gradients_->begin(last_pass); }

void RankSync::finish(Meters& meters) {
  gradients_->finish();
  if (!statistics_.empty()) average_statistics();
  sum(communicator_, meters);
}

void RankSync::finish_on_gpu(at::Tensor& sums) {
  gradients_->finish();
  join_on_gpu(sums);
}

void RankSync::reduce_on_gpu(at::Tensor& sums) {
  gradients_->reduce();
  join_on_gpu(sums);
}

// One reduction for all: statistics as doubles (see below), then the sums.
void RankSync::join_on_gpu(at::Tensor& sums) {
  const at::NoGradGuard no_grad;
  std::vector<at::Tensor> pieces;
  for (const at::Tensor& tensor : statistics_) pieces.push_back(tensor.flatten());
  const int64_t elements = pieces.empty() ? 0 : static_cast<int64_t>(sums_.size());
  at::Tensor joined = sums;
  if (!pieces.empty()) joined = at::cat({at::cat(pieces).to(at::kDouble), sums});
  device_->begin(joined, comm::DeviceRanks::Operation::kSum);
  device_->join();
  sums = joined.narrow(0, elements, sums.numel());
  if (pieces.empty()) return;
  const at::Tensor means = (joined.narrow(0, 0, elements) / device_->world_size()).to(at::kFloat);
  int64_t begin = 0;
  pieces.clear();
  for (const at::Tensor& tensor : statistics_) {
    pieces.push_back(means.narrow(0, begin, tensor.numel()).view(tensor.sizes()));
    begin += tensor.numel();
  }
  at::_foreach_copy_(statistics_, pieces);
}

// In double: the sum of equal floats is exact there, so that frozen statistics stay as they are.
void RankSync::average_statistics() {
  double* sum = sums_.data();
  for (const at::Tensor& tensor : statistics_) {
    const float* values = tensor.data_ptr<float>();
    for (int64_t i = 0; i < tensor.numel(); ++i) *sum++ = values[i];
  }
  communicator_.all_reduce_sum(std::span<double>(sums_));
  const auto ranks = static_cast<double>(communicator_.world_size());
  sum = sums_.data();
  for (const at::Tensor& tensor : statistics_) {
    float* values = tensor.data_ptr<float>();
    for (int64_t i = 0; i < tensor.numel(); ++i) values[i] = static_cast<float>(*sum++ / ranks);
  }
}

void RankSync::sum(comm::Communicator& communicator, Meters& meters) {
  std::array<double, 4> sums{meters.loss_sum, static_cast<double>(meters.top1),
                             static_cast<double>(meters.top5), static_cast<double>(meters.count)};
  communicator.all_reduce_sum(std::span<double>(sums));
  meters = {.loss_sum = sums[0],
            .top1 = std::llround(sums[1]),
            .top5 = std::llround(sums[2]),
            .count = std::llround(sums[3])};
}

}  // namespace train_backbone::train
