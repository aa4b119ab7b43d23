#include "train_backbone/core/available_memory.h"

#include <algorithm>
#include <array>
#include <fstream>
#include <string>

#include "core/control_groups.h"

namespace train_backbone::core {
namespace {

namespace fs = std::filesystem;

constexpr int64_t kKibibyte = 1024;

// "NAME NUMBER ..." of some line.
std::optional<int64_t> number_behind(const fs::path& path, const std::string& name) {
  std::ifstream file(path);
  std::string word;
  int64_t number = 0;
  while (file >> word) {
    if (word == name && file >> number) return number;
  }
  return std::nullopt;
}

// "max" of version 2 is none.
std::optional<int64_t> number_in(const fs::path& path) {
  std::ifstream file(path);
  int64_t number = 0;
  if (!(file >> number)) return std::nullopt;
  return number;
}

struct GroupFiles {
  const char* limit;
  const char* used;
  // In memory.stat, files in the cache: given back when memory gets short.
  std::array<const char*, 2> cached;
};
constexpr GroupFiles kVersionTwo{"memory.max", "memory.current", {"inactive_file", "active_file"}};
constexpr GroupFiles kVersionOne{
    "memory.limit_in_bytes", "memory.usage_in_bytes", {"total_inactive_file", "total_active_file"}};

std::optional<int64_t> left_in(const ControlGroup& group) {
  const GroupFiles& files = group.version_two ? kVersionTwo : kVersionOne;
  const std::optional<int64_t> limit = number_in(group.folder / files.limit);
  const std::optional<int64_t> used = number_in(group.folder / files.used);
  if (!limit || !used) return std::nullopt;
  int64_t cached = 0;
  for (const char* name : files.cached) {
    cached += number_behind(group.folder / "memory.stat", name).value_or(0);
  }
  return std::max<int64_t>(0, *limit - std::max<int64_t>(0, *used - cached));
}

}  // namespace

std::optional<int64_t> available_memory(const fs::path& root) {
  std::optional<int64_t> least = number_behind(root / "proc/meminfo", "MemAvailable:");
  if (least) *least *= kKibibyte;
  for (const ControlGroup& group : control_groups("memory", root)) {
    const std::optional<int64_t> left = left_in(group);
    if (left) least = std::min(least.value_or(*left), *left);
  }
  return least;
}

}  // namespace train_backbone::core
