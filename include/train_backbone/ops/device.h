#pragma once

#include <c10/core/Device.h>

#include <cstdint>
#include <string>

#include "train_backbone/core/allowed_cores.h"
#include "train_backbone/ops/device_choice.h"
#include "train_backbone/ops/options.h"
#include "train_backbone/ops/precision.h"

namespace train_backbone::ops {

// Where this process computes.
struct Device {
  c10::Device tensors{c10::kCPU};  // of the model and all that it works on
  Precision precision = Precision::kFp32;
  int64_t compute_threads = 1;
  std::string gpu_id;    // Gpu::id; empty on the CPU
  std::string gpu_name;  // as its maker calls it; empty on the CPU
  std::string text;      // for people: "cpu, fp32"

  [[nodiscard]] bool on_gpu() const { return tensors.is_cuda(); }
};

// Sets up the device before any tensor exists: threads (unless the options say, `cores`, those that
// this process has for itself, or 1 beside a GPU), and on a GPU what use_gpu() in ops/gpu.h says.
// Says why where `--device auto` takes no GPU of a machine or build that could have one.
// From then on the process keeps the memory that it frees, for the next step.
// Throws core::DeviceError where `--device cuda` or the precision cannot be had. On the CPU it may
// be called again with another number of threads.
//
// Numbers: with --precision fp32 products are fp32 throughout, with tf32 a GPU rounds the factors
// of convolutions and matrix products to TF32. A GPU's results differ from run to run in the last
// digits, as cuDNN's fastest algorithms add up in no fixed order.
Device set_up_device(const DeviceOptions& options, const RankPlace& place = {},
                     int64_t cores = core::allowed_cores());

// Most bytes that this process has held so far: on a GPU of its memory for tensors, else of the
// machine's.
int64_t peak_memory(const Device& device);
// On a GPU peak_memory() begins anew: what the first steps took to try algorithms is not counted.
void forget_peak_memory(const Device& device);

// GPUs of this machine that `--device` auto or cuda would use. Throws core::DeviceError, with the
// reason, where it is none.
int64_t count_gpus();

}  // namespace train_backbone::ops
