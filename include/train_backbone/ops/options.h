#pragma once

#include <cstdint>
#include <string>

#include "train_backbone/core/options.h"

namespace train_backbone::ops {

struct DeviceOptions : core::Options {
  std::string device = "auto";         // auto | cpu | cuda
  std::string precision = "auto";      // auto | fp32 | tf32 | fp16 | bf16
  bool fp32 = false;                   // the original's spelling of --precision fp32
  std::string fused_kernels = "auto";  // auto | on | off
  std::string cuda_graph = "auto";     // auto | on | off
  bool xla_off = false;                // accepted for the original's sake, without effect
  int64_t compute_threads = 0;         // 0: the cores this process may run on

  void visit_options(core::OptionVisitor& visitor) override;
};

}  // namespace train_backbone::ops
