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
  std::string wanted = "auto";  // --device
  bool share_gpu = false;       // --share_gpu
};

// What `--device` would make of this machine. A program started alone is judged by every GPU that
// it could be started on, a rank by its own. Where `auto` finds no GPU on a machine without driver,
// that is none that was meant to have one, perhaps: a warning; what is wrong with one that has a
// driver is an error, and so is whatever keeps `cuda` from a GPU.
Finding judge_device(const DeviceFacts& facts);

// Version of the NVIDIA driver as the system tells, empty without one.
std::string probe_driver();

}  // namespace train_backbone::commands
