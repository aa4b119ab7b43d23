#include "tests/gpu/gpu.h"

#include <optional>

#include "train_backbone/core/errors.h"
#include "train_backbone/core/format.h"
#include "train_backbone/ops/device.h"

namespace train_backbone::test {
namespace {

constexpr int kAmpere = 80;

struct Chosen {
  c10::Device device{c10::kCPU};
  int capability = 0;
};
Chosen chosen;

}  // namespace

std::string set_up_gpu() {
  const ops::GpuReport report = ops::report_gpus();
  const ops::DeviceChoice choice = ops::choose_device("auto", report, {});
  if (!choice.gpu) {
    throw core::DeviceError(core::format("{}; {}", choice.reason, choice.advice));
  }
  ops::DeviceOptions options;
  options.device = "cuda";
  options.precision = "fp32";
  const ops::Device device = ops::set_up_device(options);
  chosen = {.device = device.tensors,
            .capability = report.gpus[static_cast<size_t>(*choice.gpu)].capability};
  return device.text;
}

c10::Device gpu() { return chosen.device; }

std::vector<c10::ScalarType> step_types() {
  std::vector<c10::ScalarType> types{c10::kFloat, c10::kHalf};
  if (chosen.capability >= kAmpere) types.push_back(c10::kBFloat16);
  return types;
}

}  // namespace train_backbone::test
