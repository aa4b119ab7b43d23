#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "commands/run_ranks.h"
#include "train_backbone/comm/communicator.h"
#include "train_backbone/comm/device_ranks.h"
#include "train_backbone/ops/device.h"

namespace train_backbone::commands {

// A way for the ranks to add up fp32 values, to be measured and checked.
class RankSums {
 public:
  virtual ~RankSums() = default;
  // `count` values from now on, all of them `value`.
  virtual void fill(int64_t count, float value) = 0;
  // Collective. Returns when the values are the sums over the ranks.
  virtual void sum() = 0;
  [[nodiscard]] virtual bool all_are(float value) const = 0;
};

// Through the host's memory, as small things always go and gradients between CPUs.
class HostSums : public RankSums {
 public:
  explicit HostSums(comm::Communicator& control) : control_(control) {}
  void fill(int64_t count, float value) override;
  void sum() override;
  [[nodiscard]] bool all_are(float value) const override;

 protected:
  std::vector<float> values_;

 private:
  comm::Communicator& control_;
};

// By a call of the MPI library itself.
class MpiLibrarySums : public HostSums {
 public:
  using HostSums::HostSums;
  void sum() override;
};

// Of tensors on the device that is set up, as gradients go between GPUs.
class DeviceSums : public RankSums {
 public:
  DeviceSums(std::unique_ptr<comm::DeviceRanks> ranks, c10::Device device)
      : ranks_(std::move(ranks)), device_(device) {}
  void fill(int64_t count, float value) override;
  void sum() override;
  [[nodiscard]] bool all_are(float value) const override;

 private:
  std::unique_ptr<comm::DeviceRanks> ranks_;
  c10::Device device_;
  at::Tensor values_;
};

// The way that gradients take in a run: by NCCL where every rank has a GPU of its own, else through
// the host, also where `share_gpu` lets several ranks have one. Collective. Throws as
// ops::set_up_device and RunRanks::check_devices, on all ranks.
struct GradientSums {
  std::unique_ptr<RankSums> sums;
  std::string text;  // "NCCL", "the host's memory"
  bool by_nccl = false;
};
GradientSums gradient_sums(RunRanks& ranks, const ops::DeviceOptions& options, bool share_gpu);

}  // namespace train_backbone::commands
