#include "commands/run_environment.h"

#include <ATen/Version.h>
#include <sys/utsname.h>
#include <torch/version.h>

#include <ctime>
#include <fstream>

#include "train_backbone/core/allowed_cores.h"
#include "train_backbone/core/format.h"
#include "train_backbone/core/version.h"

namespace train_backbone::commands {
namespace {

std::string processor_name() {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);) {
    const size_t colon = line.find(": ");
    if (line.starts_with("model name") && colon != std::string::npos) return line.substr(colon + 2);
  }
  return "unknown";
}

std::string system_name() {
  utsname names{};
  if (::uname(&names) != 0) return "unknown";
  return core::format("{} {} {}", names.sysname, names.release, names.machine);
}

std::string time_now() {
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  ::gmtime_r(&now, &parts);
  std::string text(32, '\0');
  text.resize(std::strftime(text.data(), text.size(), "%Y-%m-%d %H:%M:%S UTC", &parts));
  return text;
}

}  // namespace

std::vector<std::pair<std::string, std::string>> run_environment(const RunRanks& ranks,
                                                                 const ops::Device& device,
                                                                 int64_t workers) {
  return {
      {"program", core::format("train_backbone {}", core::program_version())},
      {"LibTorch", core::format("{}, CPU code for {}", TORCH_VERSION, at::get_cpu_capability())},
      {"started", time_now()},
      {"device", device.text},
      {"ranks", ranks.text()},
      {"system", system_name()},
      {"processor", processor_name()},
      {"cores", core::format("{} of this rank's process", core::allowed_cores())},
      {"threads", core::format("{} compute, {} data workers", device.compute_threads, workers)}};
}

}  // namespace train_backbone::commands
