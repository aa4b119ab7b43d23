#include "commands/start_ranks.h"

#include <charconv>
#include <fstream>
#include <string>
#include <vector>

#include "commands/sagemaker_cluster.h"
#include "commands/sagemaker_job.h"
#include "train_backbone/comm/launch.h"
#include "train_backbone/comm/local_ranks.h"
#include "train_backbone/core/errors.h"
#include "train_backbone/core/format.h"
#include "train_backbone/core/log.h"
#include "train_backbone/core/suggest.h"
#include "train_backbone/ops/device.h"

namespace train_backbone::commands {
namespace {

constexpr int64_t kMostRanks = 1024;

// 0: all.
int64_t wanted_ranks(const std::string& text) {
  if (core::fold_name(text) == "all") return 0;
  int64_t count = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, count);
  if (error == std::errc() && stop == end && count >= 1 && count <= kMostRanks) return count;
  throw core::UsageError(
      core::format("--gpus {}: all, or a number from 1 to {}, is needed", text, kMostRanks));
}

// A job's host is there for this job alone: it takes all GPUs unless --gpus says otherwise.
std::string gpus_option(const TrainSettings& settings) {
  if (!settings.comm.gpus.empty() || !is_sagemaker_job(settings.comm.sagemaker_dir) ||
      core::fold_name(settings.device.device) == "cpu") {
    return settings.comm.gpus;
  }
  try {
    return ops::count_gpus() > 1 ? "all" : "";
  } catch (const core::DeviceError&) {  // none; what --device makes of that is said later
    return "";
  }
}

int64_t ranks_to_start(const TrainSettings& settings, const std::string& option) {
  const int64_t wanted = wanted_ranks(option);
  if (core::fold_name(settings.device.device) == "cpu") {
    if (wanted > 0) return wanted;
    throw core::UsageError("--gpus all with --device cpu: say how many ranks, as --gpus 2");
  }
  const int64_t gpus = ops::count_gpus();
  if (wanted > gpus && !settings.comm.share_gpu) {
    throw core::UsageError(core::format(
        "--gpus {}: this machine has {}; take --gpus all, or let ranks share one with --share_gpu",
        wanted, core::counted(static_cast<uint64_t>(gpus), "GPU")));
  }
  return wanted == 0 ? gpus : wanted;
}

// This process's own, byte for byte.
std::vector<std::string> own_command() {
  std::ifstream file("/proc/self/cmdline", std::ios::binary);
  std::vector<std::string> command;
  for (std::string argument; std::getline(file, argument, '\0');) command.push_back(argument);
  if (command.empty()) {
    throw core::DeviceError("--gpus: /proc/self/cmdline cannot be read; start the ranks by mpirun");
  }
  return command;
}

// Nobody has started this process as one rank of a host; the hosts of a SageMaker job start one
// process each.
bool is_alone_on_its_host(const comm::Launch& launch) {
  return launch.launcher == comm::Launch{}.launcher || launch.launcher == "SageMaker";
}

}  // namespace

std::optional<int> start_ranks(const TrainSettings& settings) {
  const std::string option = gpus_option(settings);
  if (option.empty()) return std::nullopt;
  const comm::Launch launch = comm::find_launch(
      comm::process_environment(), read_sagemaker_cluster(settings.comm.sagemaker_dir));
  if (!is_alone_on_its_host(launch)) return std::nullopt;
  const int64_t count = ranks_to_start(settings, option);
  if (count == 1) return std::nullopt;
  core::log_info("starting {} ranks on this machine", count);
  return comm::run_local_ranks(
      {.program = "/proc/self/exe", .command = own_command(), .count = count, .host = launch});
}

}  // namespace train_backbone::commands
