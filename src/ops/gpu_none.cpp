#include <filesystem>
#include <stdexcept>
#include <system_error>

#include "ops/gpu.h"
#include "train_backbone/ops/device_choice.h"

namespace train_backbone::ops {

GpuReport report_gpus() {
  GpuReport report;
  std::error_code ignored;
  report.has_driver = std::filesystem::exists("/proc/driver/nvidia/version", ignored);
  return report;
}

void use_gpu(int /*index*/, bool /*allow_tf32*/) {
  throw std::logic_error("use_gpu: built without CUDA");
}

GpuMemory gpu_memory() { return {}; }

int64_t peak_gpu_memory(int /*index*/) { return 0; }

void forget_peak_gpu_memory(int /*index*/) {}

}  // namespace train_backbone::ops
