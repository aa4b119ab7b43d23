#include "train_backbone/ops/device_choice.h"

#include <algorithm>
#include <array>
#include <map>
#include <utility>

#include "train_backbone/core/errors.h"
#include "train_backbone/core/format.h"

namespace train_backbone::ops {
namespace {

// The builds that scripts/build makes, and the architectures of their LibTorch.
struct Build {
  const char* preset;
  std::vector<int> architectures;
};
const std::vector<Build>& known_builds() {
  static const std::vector<Build> builds{{"cuda", {75, 80, 86, 90, 100, 120}},
                                         {"cuda12", {50, 60, 70, 75, 80, 86, 90}}};
  return builds;
}

std::string version_text(int cuda) { return core::format("{}.{}", cuda / 1000, cuda % 1000 / 10); }

std::string capability_text(int capability) {
  return core::format("{}.{}", capability / 10, capability % 10);
}

// Code for one architecture runs on later ones of the same generation.
bool has_code_for(const std::vector<int>& architectures, int capability) {
  return std::any_of(architectures.begin(), architectures.end(), [&](int architecture) {
    return architecture / 10 == capability / 10 && architecture <= capability;
  });
}

std::string build_advice(int capability) {
  for (const Build& build : known_builds()) {
    if (!has_code_for(build.architectures, capability)) continue;
    return core::format("the build that has it: scripts/build {}", build.preset);
  }
  return "no build of this program has it";
}

struct Obstacle {
  std::string reason;
  std::string advice;
};

Obstacle unsupported(size_t index, const Gpu& gpu, const std::vector<int>& architectures) {
  std::vector<std::string> names;
  for (const int architecture : architectures) names.push_back(capability_text(architecture));
  return {.reason = core::format(
              "GPU {}, {}, has compute capability {}, for which this build's LibTorch has no code "
              "(it has {})",
              index, gpu.name, capability_text(gpu.capability), fmt::join(names, ", ")),
          .advice = build_advice(gpu.capability)};
}

Obstacle built_without_cuda(bool has_driver) {
  if (!has_driver) {
    return {.reason = "this program was built without CUDA support",
            .advice = "with it: scripts/build cuda"};
  }
  return {.reason =
              "this machine has an NVIDIA driver, but this program was built without CUDA "
              "support",
          .advice = "with it: scripts/build cuda (for V100: cuda12)"};
}

Obstacle hidden_gpus(const std::string& failure) {
  return {
      .reason = core::format("the NVIDIA driver shows this process no GPU{}",
                             failure.empty() ? "" : core::format(" ({})", failure)),
      .advice = "nvidia-smi tells whether the driver works; CUDA_VISIBLE_DEVICES may hide GPUs"};
}

// Why no GPU of the machine can be used; nothing where one can.
std::optional<Obstacle> machine_obstacle(const GpuReport& report) {
  if (report.build.empty()) return built_without_cuda(report.has_driver);
  if (!report.has_driver) {
    return Obstacle{.reason = "this machine has no NVIDIA driver",
                    .advice = "install it; a container gets the host's by docker run --gpus all"};
  }
  // Within one major version an older driver runs newer programs.
  if (report.driver_cuda > 0 && report.driver_cuda / 1000 < report.cuda / 1000) {
    return Obstacle{
        .reason = core::format("the NVIDIA driver knows CUDA up to {}, and this build needs {}",
                               version_text(report.driver_cuda), version_text(report.cuda)),
        .advice = "update the driver, or take the build for CUDA 12: scripts/build cuda12"};
  }
  if (report.gpus.empty()) return hidden_gpus(report.failure);
  return std::nullopt;
}

std::string alone_warning(const GpuReport& report, const RankPlace& place) {
  if (place.world_size > 1 || report.gpus.size() < 2) return {};
  return core::format(
      "this machine has {0} GPUs and one process uses one of them; all of them: --gpus all, or "
      "mpirun -np {0} --bind-to none train_backbone ...",
      report.gpus.size());
}

}  // namespace

DeviceChoice choose_device(std::string_view wanted, const GpuReport& report,
                           const RankPlace& place) {
  if (wanted == "cpu") return {};
  std::optional<Obstacle> obstacle = machine_obstacle(report);
  if (!obstacle) {
    const auto index = static_cast<size_t>(place.local_rank) % report.gpus.size();
    const Gpu& gpu = report.gpus[index];
    if (report.architectures.empty() || has_code_for(report.architectures, gpu.capability)) {
      return {.gpu = static_cast<int>(index),
              .reason = {},
              .advice = {},
              .warning = alone_warning(report, place)};
    }
    obstacle = unsupported(index, gpu, report.architectures);
  }
  if (wanted == "cuda") {
    throw core::DeviceError(
        core::format("--device cuda: {}; {}", obstacle->reason, obstacle->advice));
  }
  // Of a program for the CPU on a machine without GPU nobody expects one.
  if (report.build.empty() && !report.has_driver) return {};
  return {.gpu = std::nullopt,
          .reason = std::move(obstacle->reason),
          .advice = std::move(obstacle->advice),
          .warning = {}};
}

void check_gpus_of_ranks(const std::vector<std::string>& gpu_ids, bool share_gpu) {
  std::map<std::string, size_t> first_rank;
  const bool any = std::any_of(gpu_ids.begin(), gpu_ids.end(),
                               [](const std::string& id) { return !id.empty(); });
  if (!any) return;
  for (size_t rank = 0; rank < gpu_ids.size(); ++rank) {
    if (gpu_ids[rank].empty()) {
      throw core::DeviceError(
          core::format("rank {} has no GPU that it can use and others have one; its own --device "
                       "cuda says why, --device cpu trains without",
                       rank));
    }
    const auto [place, is_new] = first_rank.emplace(gpu_ids[rank], rank);
    if (is_new || share_gpu) continue;
    throw core::UsageError(
        core::format("ranks {} and {} would compute on the same GPU; start as many ranks on a host "
                     "as it has GPUs, or let them share with --share_gpu",
                     place->second, rank));
  }
}

}  // namespace train_backbone::ops
