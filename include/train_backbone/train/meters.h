#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace train_backbone::train {

// Loss and accuracy of a set of samples as sums, so that sets can be joined exactly.
struct Meters {
  double loss_sum = 0;
  int64_t top1 = 0;   // samples whose label is the best class
  int64_t top5 = 0;   // samples whose label is among the five best
  int64_t count = 0;  // samples

  Meters& operator+=(const Meters& other);
  bool operator==(const Meters&) const = default;

  // Mean loss and percentages; NaN without samples.
  [[nodiscard]] double mean_loss() const;
  [[nodiscard]] double top1_percent() const;
  [[nodiscard]] double top5_percent() const;
};

// The sums under "PREFIX.loss_sum", "PREFIX.top1", ... for checkpoints, and back. Exact: counts
// below 2^53 lose nothing in a double. What is missing reads as zero.
void put_meters(const Meters& meters, std::string_view prefix,
                std::map<std::string, double>& values);
Meters get_meters(const std::map<std::string, double>& values, std::string_view prefix);

}  // namespace train_backbone::train
