#include "train_backbone/train/loss.h"

#include <ATen/ops/arange.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/full.h>
#include <ATen/ops/gather.h>
#include <ATen/ops/log_softmax.h>
#include <ATen/ops/stack.h>

#include <algorithm>
#include <cmath>

#include "train_backbone/train/ranking.h"

namespace train_backbone::train {
namespace {

constexpr int64_t kTop = 5;

// -log p of the given class per sample, [N].
at::Tensor surprise(const at::Tensor& log_probabilities, const at::Tensor& labels) {
  return -at::gather(log_probabilities, 1, labels.unsqueeze(1)).squeeze(1);
}

}  // namespace

at::Tensor cross_entropy(const at::Tensor& logits, const MixedLabels& labels, double smoothing) {
  const at::Tensor log_probabilities = at::log_softmax(logits, 1);
  at::Tensor loss = surprise(log_probabilities, labels.labels);
  if (labels.partner_labels.defined()) {
    const at::Tensor other = surprise(log_probabilities, labels.partner_labels);
    loss = labels.weight * loss + (1 - labels.weight) * other;
  }
  if (smoothing > 0) {
    loss = (1 - smoothing) * loss - smoothing * log_probabilities.mean(1);
  }
  return loss.mean();
}

Meters count_correct(const at::Tensor& logits, std::span<const int64_t> labels) {
  const at::Tensor rows = logits.detach().contiguous();
  const auto classes = static_cast<size_t>(rows.size(1));
  const float* row = rows.const_data_ptr<float>();
  Meters meters;
  for (const int64_t label : labels) {
    const int64_t rank = rank_of({row, classes}, label);
    meters.top1 += rank < 1 ? 1 : 0;
    meters.top5 += rank < kTop ? 1 : 0;
    ++meters.count;
    row += classes;
  }
  return meters;
}

at::Tensor count_with_loss(const at::Tensor& logits, const at::Tensor& labels,
                           const at::Tensor& mean_loss) {
  const at::Tensor rows = logits.detach();
  const at::Tensor own_place = labels.unsqueeze(1);
  const at::Tensor own = at::gather(rows, 1, own_place);
  const at::Tensor places = at::arange(rows.size(1), labels.options());
  // A NaN is above nothing and below nothing.
  const at::Tensor preferred = (rows > own) | ((rows == own) & (places < own_place));
  const at::Tensor rank = preferred.sum(1);
  const at::Tensor is_number = (own == own).squeeze(1);
  const auto count = static_cast<double>(labels.numel());
  const auto number = [&](const at::Tensor& right) {
    return (right & is_number).sum().to(at::kDouble);
  };
  return at::stack({mean_loss.detach().to(at::kDouble) * count, number(rank < 1),
                    number(rank < kTop), at::full({}, count, rows.options().dtype(at::kDouble))});
}

Meters meters_of(const at::Tensor& sums) {
  const double* const values = sums.const_data_ptr<double>();
  return {.loss_sum = values[0],
          .top1 = std::llround(values[1]),
          .top5 = std::llround(values[2]),
          .count = std::llround(values[3])};
}

at::Tensor label_tensor(std::span<const int64_t> labels) {
  at::Tensor tensor = at::empty({static_cast<int64_t>(labels.size())}, at::kLong);
  std::copy(labels.begin(), labels.end(), tensor.data_ptr<int64_t>());
  return tensor;
}

}  // namespace train_backbone::train
