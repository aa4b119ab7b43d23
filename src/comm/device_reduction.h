#pragma once

#include <ATen/core/Tensor.h>

#include <utility>

#include "comm/reduction.h"
#include "train_backbone/comm/device_ranks.h"

namespace train_backbone::comm {

// Of a tensor on a GPU. Borrows the ranks.
class DeviceReduction final : public Reduction {
 public:
  DeviceReduction(at::Tensor flat, DeviceRanks& ranks) : flat_(std::move(flat)), ranks_(ranks) {}

  void submit(int64_t begin, int64_t end) override {
    ranks_.begin(flat_.narrow(0, begin, end - begin), DeviceRanks::Operation::kMean);
  }
  void wait() override { ranks_.join(); }

 private:
  at::Tensor flat_;
  DeviceRanks& ranks_;
};

}  // namespace train_backbone::comm
