#include "data/bench/memory_use.h"

#include <cstdlib>
#include <string>
#include <string_view>

#include "train_backbone/core/errors.h"
#include "train_backbone/core/files.h"
#include "train_backbone/core/format.h"

namespace train_backbone::data {
namespace {

constexpr const char* kStatus = "/proc/self/status";

// "VmHWM:     1234 kB"
uint64_t field(const std::string& status, std::string_view name) {
  const size_t at = status.find(name);
  if (at == std::string::npos) {
    throw core::DataError(kStatus, core::format("has no line {}", name));
  }
  constexpr uint64_t kKibi = 1024;
  return std::strtoull(status.c_str() + at + name.size(), nullptr, 10) * kKibi;
}

}  // namespace

MemoryUse memory_use() {
  const std::string status = core::read_file(kStatus);
  return {.now = field(status, "VmRSS:"), .peak = field(status, "VmHWM:")};
}

}  // namespace train_backbone::data
