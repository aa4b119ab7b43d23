#include "commands/rank_sums.h"

#include <ATen/ops/full.h>

#include <algorithm>
#include <span>

#include "train_backbone/comm/mpi_library.h"

namespace train_backbone::commands {

void HostSums::fill(int64_t count, float value) {
  values_.assign(static_cast<size_t>(count), value);
}

void HostSums::sum() { control_.all_reduce_sum(std::span<float>(values_)); }

bool HostSums::all_are(float value) const {
  return std::all_of(values_.begin(), values_.end(), [value](float own) { return own == value; });
}

void MpiLibrarySums::sum() { comm::mpi_library_all_reduce_sum(values_); }

void DeviceSums::fill(int64_t count, float value) {
  values_ = at::full({count}, value, at::TensorOptions().dtype(at::kFloat).device(device_));
}

void DeviceSums::sum() {
  ranks_->begin(values_, comm::DeviceRanks::Operation::kSum);
  ranks_->join();
  comm::wait_for_sums(*ranks_, device_);
}

bool DeviceSums::all_are(float value) const { return values_.eq(value).all().item<bool>(); }

GradientSums gradient_sums(RunRanks& ranks, const ops::DeviceOptions& options, bool share_gpu) {
  ops::Device device;
  ranks.together([&] { device = ops::set_up_device(options, ranks.place(), ranks.cores()); });
  comm::CommOptions comm;
  comm.share_gpu = share_gpu;
  ranks.check_devices(device, comm);
  if (!device.on_gpu() || share_gpu) {
    return {.sums = std::make_unique<HostSums>(ranks.control()), .text = "the host's memory"};
  }
  return {
      .sums = std::make_unique<DeviceSums>(comm::make_nccl_ranks(ranks.control()), device.tensors),
      .text = "NCCL",
      .by_nccl = true};
}

}  // namespace train_backbone::commands
