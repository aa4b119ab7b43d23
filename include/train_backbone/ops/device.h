#pragma once

#include <cstdint>

#include "train_backbone/core/allowed_cores.h"
#include "train_backbone/ops/options.h"

namespace train_backbone::ops {

// Sets up the device before any tensor exists and returns the number of compute threads in use:
// `cores`, those that this process has for itself, unless the options say.
// From then on the process keeps the memory that it frees, for the next step.
// This build has the CPU only: `--device cuda` is core::DeviceError.
// May be called again with another number of threads.
int64_t set_up_device(const DeviceOptions& options, int64_t cores = core::allowed_cores());

}  // namespace train_backbone::ops
