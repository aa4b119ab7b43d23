#include "memory_growth.h"

#include <fstream>
#include <stdexcept>
#include <string>

namespace train_backbone::data {
namespace {

int64_t status_bytes(const std::string& key) {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with(key)) return std::stoll(line.substr(key.size())) * 1024;
  }
  throw std::runtime_error("/proc/self/status has no " + key);
}

}  // namespace

MemoryGrowth::MemoryGrowth() {
  std::ofstream reset("/proc/self/clear_refs");
  reset << "5" << std::flush;
  if (!reset) throw std::runtime_error("/proc/self/clear_refs cannot be written");
  base_bytes_ = status_bytes("VmHWM:");
}

int64_t MemoryGrowth::peak_bytes() const { return status_bytes("VmHWM:") - base_bytes_; }

}  // namespace train_backbone::data
