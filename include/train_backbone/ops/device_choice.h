#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace train_backbone::ops {

struct Gpu {
  std::string name;
  int capability = 0;  // 90: compute capability 9.0
  int64_t memory = 0;  // bytes
  std::string id;      // of this piece of hardware in the world
};

// What this build and this machine say about GPUs.
struct GpuReport {
  std::string build;               // preset: cuda, cuda12; empty: a build for the CPU alone
  int cuda = 0;                    // CUDA of the build as CUDA writes it: 12060 is 12.6
  std::vector<int> architectures;  // that LibTorch has code for: 75, 80; empty: not known
  bool has_driver = false;         // the machine has an NVIDIA driver
  int driver_cuda = 0;             // newest CUDA that the driver knows, like `cuda`
  std::string failure;             // what CUDA said where it found no GPU
  std::vector<Gpu> gpus;           // that this process may use
};

// Asks build, driver and GPUs. Makes no CUDA context. Throws core::DeviceError for a GPU that does
// not answer. (Of tb_ops, not of tb_device_choice.)
GpuReport report_gpus();

// Where a rank stands on its host.
struct RankPlace {
  int64_t local_rank = 0;
  int64_t local_ranks = 1;
  int64_t world_size = 1;
};

struct DeviceChoice {
  std::optional<int> gpu;  // index into the report's; none: the CPU
  std::string reason;      // why no GPU, where there might have been one
  std::string advice;      // what to do about it
  std::string warning;
};

// Decides where a rank computes. `wanted`: auto, cpu or cuda. The ranks of a host take its GPUs in
// turn. Throws core::DeviceError, with the reason, where `wanted` is cuda and none can be used.
DeviceChoice choose_device(std::string_view wanted, const GpuReport& report,
                           const RankPlace& place);

// `gpu_ids`: Gpu::id of each rank's GPU, empty on the CPU. Throws core::DeviceError where some
// ranks have a GPU and others have none, core::UsageError where two have the same one and
// `share_gpu` does not allow that.
void check_gpus_of_ranks(const std::vector<std::string>& gpu_ids, bool share_gpu);

}  // namespace train_backbone::ops
