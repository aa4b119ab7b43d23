#include "commands/weight_difference.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <unordered_map>

#include "commands/weight_report.h"
#include "train_backbone/core/format.h"

namespace train_backbone::commands {
namespace {

using ByName = std::unordered_map<std::string, at::Tensor>;

std::string described(const at::Tensor& tensor) {
  return core::format("{} {}", io::dtype_name(tensor), shape_text(tensor.sizes().vec()));
}

// Bits rather than values: -0 is not 0, and a NaN is itself.
bool are_identical(const at::Tensor& first, const at::Tensor& second) {
  const at::Tensor a = first.contiguous();
  const at::Tensor b = second.contiguous();
  return a.numel() == 0 || std::memcmp(a.data_ptr(), b.data_ptr(), a.nbytes()) == 0;
}

TensorDifference measure(const std::string& name, const at::Tensor& first,
                         const at::Tensor& second) {
  const at::Tensor a = first.to(at::kDouble);
  const at::Tensor b = second.to(at::kDouble);
  const at::Tensor difference = a - b;
  const double scale = at::maximum(a.norm(), b.norm()).item<double>();
  const double distance = difference.norm().item<double>();
  return {.name = name,
          .largest = difference.abs().max().item<double>(),
          .relative = distance == 0 ? 0 : distance / scale};
}

std::vector<std::string> names_without(const io::NamedTensors& tensors, const ByName& others) {
  std::vector<std::string> names;
  for (const auto& [name, tensor] : tensors) {
    if (!others.contains(name)) names.push_back(name);
  }
  return names;
}

}  // namespace

bool WeightDifference::none() const {
  return only_in_first.empty() && only_in_second.empty() && unlike.empty() && differing.empty();
}

double WeightDifference::largest() const {
  double result = 0;
  for (const TensorDifference& tensor : differing) {
    if (std::isnan(tensor.largest)) return std::numeric_limits<double>::quiet_NaN();
    result = std::max(result, tensor.largest);
  }
  return result;
}

WeightDifference compare_weights(const io::NamedTensors& first, const io::NamedTensors& second) {
  const ByName in_first(first.begin(), first.end());
  const ByName in_second(second.begin(), second.end());
  WeightDifference result{.only_in_first = names_without(first, in_second),
                          .only_in_second = names_without(second, in_first),
                          .unlike = {},
                          .differing = {}};
  for (const auto& [name, a] : first) {
    const auto found = in_second.find(name);
    if (found == in_second.end()) continue;
    const at::Tensor& b = found->second;
    if (a.scalar_type() != b.scalar_type() || a.sizes() != b.sizes()) {
      result.unlike.push_back(core::format("{}: {} and {}", name, described(a), described(b)));
    } else if (are_identical(a, b)) {
      ++result.identical;
    } else {
      result.differing.push_back(measure(name, a, b));
    }
  }
  return result;
}

}  // namespace train_backbone::commands
