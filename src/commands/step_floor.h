#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "train_backbone/models/registry.h"
#include "train_backbone/ops/precision.h"

// The least time that a training step can take on a device: by how much its memory moves and its
// arithmetic does at most (the "roofline"), layer after layer.
namespace train_backbone::commands {

// What the maker promises.
struct DevicePeak {
  double flops = 0;      // per second
  double bandwidth = 0;  // bytes per second of its memory
};

// Nothing where ops/gpu_peak.h does not know the GPU, or it has no such precision; nothing for the
// empty name of a CPU.
std::optional<DevicePeak> device_peak(const std::string& gpu_name, ops::Precision precision);

// Bytes of activations and their gradients that a step moves for each picture, as
// models/step_work.h counts them.
int64_t step_bytes_per_image(const models::ModelCost& cost, ops::Precision precision);

// Seconds. The sum over layers of the longer of two times, for what the layer moves and for what it
// computes, since the one runs beside the other within a layer only; and the update of the weights:
// weight and momentum are read and written in fp32, the gradient is read, and in 16 bits the copy
// written, 20 bytes per parameter.
double step_floor(const models::ModelCost& cost, int64_t batch_size, ops::Precision precision,
                  const DevicePeak& peak);

// "floor 21.3 ms (4.80 TB/s, 989 TFLOP/s): the step reaches 63 % of it"; both times in
// milliseconds.
std::string floor_line(double floor, double measured, const DevicePeak& peak);

}  // namespace train_backbone::commands
