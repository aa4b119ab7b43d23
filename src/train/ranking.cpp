#include "train_backbone/train/ranking.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace train_backbone::train {

int64_t rank_of(std::span<const float> logits, int64_t label) {
  const auto own_place = static_cast<size_t>(label);
  const float own = logits[own_place];
  if (std::isnan(own)) return static_cast<int64_t>(logits.size());
  int64_t preferred = 0;
  for (size_t i = 0; i < logits.size(); ++i) {
    const bool tie_lost = logits[i] == own && i < own_place;
    if (logits[i] > own || tie_lost) ++preferred;
  }
  return preferred;
}

std::vector<RankedClass> best_classes(std::span<const float> logits, int64_t k) {
  std::vector<size_t> order(logits.size());
  std::iota(order.begin(), order.end(), size_t{0});
  const auto most = std::min(static_cast<size_t>(k), order.size());
  // A NaN counts as the least, or the order would be none.
  const auto value = [&](size_t i) { return std::isnan(logits[i]) ? -INFINITY : logits[i]; };
  std::partial_sort(
      order.begin(), order.begin() + static_cast<std::ptrdiff_t>(most), order.end(),
      [&](size_t a, size_t b) { return value(a) > value(b) || (value(a) == value(b) && a < b); });
  const double highest = logits.empty() ? 0 : logits[order.front()];
  double sum = 0;
  for (const float logit : logits) sum += std::exp(logit - highest);
  std::vector<RankedClass> best;
  for (size_t i = 0; i < most; ++i) {
    best.push_back({.label = static_cast<int64_t>(order[i]),
                    .probability = std::exp(logits[order[i]] - highest) / sum});
  }
  return best;
}

}  // namespace train_backbone::train
