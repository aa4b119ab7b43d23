#pragma once

#include <span>
#include <vector>

namespace train_backbone::io {

// How values are spread, as TensorBoard shows it.
struct Histogram {
  double min = 0;
  double max = 0;
  double count = 0;
  double sum = 0;
  double sum_squares = 0;
  std::vector<double> limits;  // upper ends of the buckets, ascending; the last one is `max`
  std::vector<double> counts;  // values in each bucket
};

// In 64 buckets of equal width between the smallest and the largest value; in one where these are
// equal. NaN and infinity are left out.
Histogram histogram_of(std::span<const float> values);

}  // namespace train_backbone::io
