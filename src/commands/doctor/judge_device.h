#pragma once

#include <cstdint>
#include <string>

#include "commands/doctor/finding.h"

namespace train_backbone::commands {

struct DeviceFacts {
  std::string libtorch;          // "2.7.1"
  std::string cpu_instructions;  // what LibTorch's CPU code was chosen for: "AVX2"
  bool built_for_cuda = false;
  int64_t cuda_devices = 0;  // that LibTorch can use
  std::string gpu_driver;    // version of the machine's NVIDIA driver; empty: none
};

Finding judge_device(const DeviceFacts& facts);

// Version of the NVIDIA driver as the system tells, empty without one.
std::string probe_gpu_driver();

}  // namespace train_backbone::commands
