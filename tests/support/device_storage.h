#pragma once

// Storage types of device code in tests; include after tests/support/cuda_on_cpu.h.
#include <type_traits>
#include <vector>

#include "ops/device_code.cuh"
#include "tests/support/storage_rounding.h"

namespace train_backbone::test {

template <class T>
StorageRounding rounding_of() {
  if constexpr (std::is_same_v<T, ops::device::Bfloat16>) return kBfloat16Rounding;
  if constexpr (std::is_same_v<T, ops::device::Half>) return kHalfRounding;
  return kNoRounding;
}

template <class T>
std::vector<double> listed(const std::vector<T>& values) {
  std::vector<double> result;
  result.reserve(values.size());
  for (const T& value : values) {
    result.push_back(static_cast<double>(ops::device::to_float(value)));
  }
  return result;
}

}  // namespace train_backbone::test
