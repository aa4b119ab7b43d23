#include "commands/doctor/judge_device.h"

#include <fstream>
#include <optional>
#include <sstream>
#include <vector>

#include "train_backbone/core/errors.h"
#include "train_backbone/core/format.h"

namespace train_backbone::commands {
namespace {

std::string cpu_text(const DeviceFacts& facts) {
  return core::format("CPU with {}, LibTorch {}", facts.cpu_instructions, facts.libtorch);
}

// "NVIDIA H100 (compute capability 9.0, 80 GiB)".
std::string gpu_text(const ops::Gpu& gpu) {
  return core::format("{} (compute capability {}.{}, {})", gpu.name, gpu.capability / 10,
                      gpu.capability % 10, bytes_text(static_cast<double>(gpu.memory)));
}

// Where ranks of this host would stand, which are to be judged here.
std::vector<ops::RankPlace> places(const DeviceFacts& facts) {
  if (facts.place.world_size > 1 || facts.gpus.gpus.size() < 2) return {facts.place};
  const auto gpus = static_cast<int64_t>(facts.gpus.gpus.size());
  std::vector<ops::RankPlace> all;
  for (int64_t i = 0; i < gpus; ++i) {
    all.push_back({.local_rank = i, .local_ranks = gpus, .world_size = gpus});
  }
  return all;
}

Finding without_gpu(const DeviceFacts& facts, const ops::DeviceChoice& choice) {
  const std::string text = core::format("{}; {}", choice.reason, cpu_text(facts));
  const bool wanted = facts.gpus.has_driver && !facts.gpus.build.empty();
  return wanted ? error("device", text, choice.advice) : warning("device", text, choice.advice);
}

// Nothing where the rank has its GPU for itself.
std::optional<Finding> shared_gpu(const DeviceFacts& facts) {
  const auto gpus = static_cast<int64_t>(facts.gpus.gpus.size());
  if (facts.share_gpu || facts.place.local_ranks <= gpus) return std::nullopt;
  return error(
      "device",
      core::format("{} ranks on this host, and it has {}", facts.place.local_ranks,
                   core::counted(static_cast<uint64_t>(gpus), "GPU")),
      "start as many ranks on a host as it has GPUs; train refuses more without --share_gpu");
}

Finding with_gpus(const DeviceFacts& facts, const std::vector<int>& chosen) {
  std::vector<std::string> names;
  for (const int index : chosen) {
    std::string name = gpu_text(facts.gpus.gpus[static_cast<size_t>(index)]);
    if (names.empty() || names.back() != name) names.push_back(std::move(name));
  }
  const std::string count = chosen.size() > 1 ? core::format("{} GPUs", chosen.size())
                                              : core::format("GPU {}", chosen[0]);
  return ok("device", core::format("{}: {}, driver {}, build {}; {}", count, fmt::join(names, ", "),
                                   facts.driver, facts.gpus.build, cpu_text(facts)));
}

}  // namespace

Finding judge_device(const DeviceFacts& facts) {
  if (facts.wanted == "cpu") return ok("device", cpu_text(facts) + ", as --device cpu asks");
  std::vector<int> chosen;
  for (const ops::RankPlace& place : places(facts)) {
    ops::DeviceChoice choice;
    try {
      choice = ops::choose_device(facts.wanted, facts.gpus, place);
    } catch (const core::DeviceError& failure) {
      return error("device", core::format("{}; {}", failure.what(), cpu_text(facts)),
                   "or --device auto, which computes on the CPU then");
    }
    if (!choice.reason.empty()) return without_gpu(facts, choice);
    if (choice.gpu) chosen.push_back(*choice.gpu);
  }
  if (chosen.empty()) return ok("device", cpu_text(facts) + "; this build computes on CPUs only");
  return shared_gpu(facts).value_or(with_gpus(facts, chosen));
}

// "NVRM version: NVIDIA UNIX x86_64 Kernel Module  535.104.05  Sat ...": the first word of digits
// and dots.
std::string probe_driver() {
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
