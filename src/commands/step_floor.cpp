#include "commands/step_floor.h"

#include <c10/core/ScalarType.h>

#include <algorithm>

#include "train_backbone/core/format.h"
#include "train_backbone/ops/gpu_peak.h"

namespace train_backbone::commands {
namespace {

constexpr double kFlopsPerMultiplyAdd = 2;
constexpr double kUpdateBytes = 20;  // per parameter
constexpr double kTera = 1e12;

int64_t element_bytes(ops::Precision precision) {
  return static_cast<int64_t>(c10::elementSize(ops::compute_type(precision)));
}

}  // namespace

std::optional<DevicePeak> device_peak(const std::string& gpu_name, ops::Precision precision) {
  const std::optional<double> flops = ops::peak_flops(gpu_name, precision);
  const std::optional<double> bandwidth = ops::peak_bandwidth(gpu_name);
  if (!flops || !bandwidth) return std::nullopt;
  return DevicePeak{.flops = *flops, .bandwidth = *bandwidth};
}

int64_t step_bytes_per_image(const models::ModelCost& cost, ops::Precision precision) {
  int64_t elements = 0;
  for (const models::LayerWork& layer : cost.layers) elements += layer.elements;
  return elements * element_bytes(precision);
}

double step_floor(const models::ModelCost& cost, int64_t batch_size, ops::Precision precision,
                  const DevicePeak& peak) {
  const auto batch = static_cast<double>(batch_size);
  const double bytes_each = batch * static_cast<double>(element_bytes(precision));
  double seconds = static_cast<double>(cost.parameters) * kUpdateBytes / peak.bandwidth;
  for (const models::LayerWork& layer : cost.layers) {
    const double bytes = bytes_each * static_cast<double>(layer.elements);
    const double flops = batch * kFlopsPerMultiplyAdd * static_cast<double>(layer.multiply_adds);
    seconds += std::max(bytes / peak.bandwidth, flops / peak.flops);
  }
  return seconds;
}

std::string floor_line(double floor, double measured, const DevicePeak& peak) {
  return core::format(
      "floor    {:9.1f} ms ({:.2f} TB/s, {:.0f} TFLOP/s): the step reaches {:.0f} % of it", floor,
      peak.bandwidth / kTera, peak.flops / kTera, 100 * floor / measured);
}

}  // namespace train_backbone::commands
