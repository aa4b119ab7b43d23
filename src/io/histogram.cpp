#include "train_backbone/io/histogram.h"

#include <algorithm>
#include <cmath>
#include <cstddef>

namespace train_backbone::io {
namespace {

constexpr size_t kBuckets = 64;

Histogram sums_of(std::span<const float> values) {
  Histogram result;
  for (const float value : values) {
    if (!std::isfinite(value)) continue;
    const double exact = value;
    result.min = result.count > 0 ? std::min(result.min, exact) : exact;
    result.max = result.count > 0 ? std::max(result.max, exact) : exact;
    result.count += 1;
    result.sum += exact;
    result.sum_squares += exact * exact;
  }
  return result;
}

}  // namespace

Histogram histogram_of(std::span<const float> values) {
  Histogram result = sums_of(values);
  const double width = (result.max - result.min) / kBuckets;
  if (width == 0) {
    result.limits = {result.max};
    result.counts = {result.count};
    return result;
  }
  for (size_t i = 1; i < kBuckets; ++i) {
    result.limits.push_back(result.min + static_cast<double>(i) * width);
  }
  result.limits.push_back(result.max);
  result.counts.resize(kBuckets);
  for (const float value : values) {
    if (!std::isfinite(value)) continue;
    const auto bucket = static_cast<size_t>((value - result.min) / width);
    result.counts[std::min(bucket, kBuckets - 1)] += 1;
  }
  return result;
}

}  // namespace train_backbone::io
