#pragma once

#include <cmath>
#include <cstddef>
#include <vector>

namespace train_backbone::test {

// What storage may do to a result: half of the last place, as a share of the value or, for the
// smallest values, absolute.
struct StorageRounding {
  double share = 0;
  double least = 0;
};
constexpr StorageRounding kNoRounding{};
constexpr StorageRounding kBfloat16Rounding{.share = 0x1p-8, .least = 0};
constexpr StorageRounding kHalfRounding{.share = 0x1p-11, .least = 0x1p-25};

// The largest |got - wanted| beyond `rounding`, as a share of |scale|: of one for each element, or
// one for each channel of rows.
inline double largest_error(const std::vector<double>& got, const std::vector<double>& wanted,
                            const std::vector<double>& scale,
                            const StorageRounding& rounding = kNoRounding) {
  double worst = got.size() == wanted.size() ? 0 : HUGE_VAL;
  for (size_t i = 0; i < got.size() && i < wanted.size(); ++i) {
    const double allowed = std::fmax(rounding.share * std::fabs(wanted[i]), rounding.least);
    const double beyond = std::fabs(got[i] - wanted[i]) - allowed;
    const double error = beyond / (std::fabs(scale[i % scale.size()]) + 1e-30);
    if (!(error <= worst)) worst = error;  // NaN counts
  }
  return worst;
}

}  // namespace train_backbone::test
