#pragma once

#include <ATen/Context.h>

namespace train_backbone::test {

// While one lives, cuDNN takes algorithms that add up in a fixed order, and the same ones each
// time.
class SameBits {
 public:
  SameBits() {
    at::globalContext().setDeterministicCuDNN(true);
    at::globalContext().setBenchmarkCuDNN(false);
  }
  SameBits(const SameBits&) = delete;
  SameBits& operator=(const SameBits&) = delete;
  SameBits(SameBits&&) = delete;
  SameBits& operator=(SameBits&&) = delete;
  ~SameBits() {
    at::globalContext().setDeterministicCuDNN(deterministic_);
    at::globalContext().setBenchmarkCuDNN(benchmark_);
  }

 private:
  bool deterministic_ = at::globalContext().deterministicCuDNN();
  bool benchmark_ = at::globalContext().benchmarkCuDNN();
};

}  // namespace train_backbone::test
