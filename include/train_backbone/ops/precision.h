#pragma once

#include <c10/core/ScalarType.h>

#include <optional>
#include <string_view>

#include "train_backbone/ops/options.h"

namespace train_backbone::ops {

// What convolutions, normalisation and activations compute in. Weights, their updates, statistics
// and the loss are fp32 with all of them.
enum class Precision { kFp32, kTf32, kFp16, kBf16 };

// "fp32", "tf32", "fp16", "bf16".
std::string_view precision_name(Precision precision);

// Type of activations and of the weights as convolutions read them.
c10::ScalarType compute_type(Precision precision);

// `compute_capability`: of the GPU in use, 70 for 7.0; nothing on the CPU. `--precision auto` is
// bf16 from 8.0 (Ampere) on, fp16 on older GPUs, fp32 on the CPU, which also has bf16. Throws
// core::UsageError when --fp32 contradicts, core::DeviceError for what the device does not have.
Precision choose_precision(const DeviceOptions& options, std::optional<int> compute_capability);

}  // namespace train_backbone::ops
