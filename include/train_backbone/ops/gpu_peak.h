#pragma once

#include <optional>
#include <string_view>

#include "train_backbone/ops/precision.h"

namespace train_backbone::ops {

// Floating point operations per second of dense matrix products, as NVIDIA's data sheets promise
// for the GPU of this name ("Tesla V100-SXM2-16GB"). Nothing for other GPUs.
std::optional<double> peak_flops(std::string_view gpu_name, Precision precision);

// Bytes per second that the GPU's memory moves, of the same data sheets and for the same names.
std::optional<double> peak_bandwidth(std::string_view gpu_name);

}  // namespace train_backbone::ops
