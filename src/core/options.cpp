#include "train_backbone/core/options.h"

#include <cmath>

#include "train_backbone/core/format.h"

namespace train_backbone::core {

bool Bound::contains(double value) const {
  if (std::isnan(value)) return false;
  if (low_open ? value <= low : value < low) return false;
  return high_open ? value < high : value <= high;
}

std::string Bound::text() const {
  const bool has_low = std::isfinite(low);
  const bool has_high = std::isfinite(high);
  if (has_low && has_high) {
    return format("in {}{}, {}{}", low_open ? '(' : '[', low, high, high_open ? ')' : ']');
  }
  if (has_low) return format("{} {}", low_open ? ">" : ">=", low);
  if (has_high) return format("{} {}", high_open ? "<" : "<=", high);
  return "";
}

}  // namespace train_backbone::core
