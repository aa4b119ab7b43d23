#include "commands/doctor/judge_device.h"

#include <fstream>
#include <sstream>

#include "train_backbone/core/format.h"

namespace train_backbone::commands {

Finding judge_device(const DeviceFacts& facts) {
  const std::string cpu =
      core::format("CPU with {}, LibTorch {}", facts.cpu_instructions, facts.libtorch);
  if (facts.built_for_cuda && facts.cuda_devices > 0) {
    return ok("device",
              core::format("{}, driver {}; {}",
                           core::counted(static_cast<uint64_t>(facts.cuda_devices), "CUDA device"),
                           facts.gpu_driver, cpu));
  }
  if (facts.built_for_cuda && facts.gpu_driver.empty()) {
    return warning("device", "built for CUDA, and no NVIDIA driver is there; " + cpu,
                   "docker run --gpus all; on a host: install the driver. --device cpu trains "
                   "without");
  }
  if (facts.built_for_cuda) {
    return error(
        "device",
        core::format("driver {} is there, and LibTorch finds no device; {}", facts.gpu_driver, cpu),
        "nvidia-smi tells whether the driver works; LibTorch needs one as new as its CUDA; "
        "CUDA_VISIBLE_DEVICES may hide devices");
  }
  if (!facts.gpu_driver.empty()) {
    return warning("device",
                   core::format("a GPU is there (driver {}), and this build computes on CPUs only; "
                                "{}",
                                facts.gpu_driver, cpu),
                   "build with a LibTorch for CUDA");
  }
  return ok("device", cpu + "; this build computes on CPUs only");
}

// "NVRM version: NVIDIA UNIX x86_64 Kernel Module  535.104.05  Sat ...": the first word of digits
// and dots.
std::string probe_gpu_driver() {
  std::ifstream file("/proc/driver/nvidia/version");
  std::string line;
  if (!std::getline(file, line)) return "";
  std::istringstream words(line);
  for (std::string word; words >> word;) {
    const bool number = word.find_first_not_of("0123456789.") == std::string::npos;
    if (number && word.find('.') != std::string::npos) return word;
  }
  return "unknown";
}

}  // namespace train_backbone::commands
