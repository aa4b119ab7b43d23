#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "train_backbone/io/safetensors.h"

namespace train_backbone::commands {

// How far a tensor is from that of the same name, type and shape. NaN when a value is.
struct TensorDifference {
  std::string name;
  double largest = 0;   // absolute difference
  double relative = 0;  // |a - b| / max(|a|, |b|), Euclidean norms; the same either way round
};

struct WeightDifference {
  std::vector<std::string> only_in_first;
  std::vector<std::string> only_in_second;
  std::vector<std::string> unlike;  // "NAME: F32 [3, 4] and F16 [3, 4]"
  std::vector<TensorDifference> differing;
  int64_t identical = 0;  // to the bit

  [[nodiscard]] bool none() const;
  // The largest absolute difference; NaN when one is.
  [[nodiscard]] double largest() const;
};

// Names and tensors in the order of `first`, then of `second`.
WeightDifference compare_weights(const io::NamedTensors& first, const io::NamedTensors& second);

}  // namespace train_backbone::commands
