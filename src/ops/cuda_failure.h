#pragma once

#include <stdexcept>

namespace train_backbone::ops {

// What CUDA said to a call of ours.
class CudaFailure : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

}  // namespace train_backbone::ops
