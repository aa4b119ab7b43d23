#pragma once

#include <string>

#include "commands/doctor/finding.h"
#include "train_backbone/ops/device_choice.h"

namespace train_backbone::commands {

struct DeviceFacts {
  std::string libtorch;          // "2.7.1"
  std::string cpu_instructions;  // what LibTorch's CPU code was chosen for: "AVX2"
  std::string driver;            // version of the machine's NVIDIA driver; empty: none
  ops::GpuReport gpus;
  ops::RankPlace place;
};

// What `--device auto` would make of this machine. A program started alone is judged by every GPU
// that it could be started on, a rank by its own. A machine without driver is none that was meant
// to have a GPU, perhaps: a warning; what is wrong with one that has a driver is an error.
Finding judge_device(const DeviceFacts& facts);

// Version of the NVIDIA driver as the system tells, empty without one.
std::string probe_driver();

}  // namespace train_backbone::commands
