#include "core/cpu_quota.h"

#include <algorithm>
#include <fstream>
#include <string>

namespace train_backbone::core {
namespace {

namespace fs = std::filesystem;

// A line of proc/self/cgroup, "ID:CONTROLLERS:PATH"; version 2 has no controllers there.
struct Group {
  std::string controllers;
  fs::path path;  // without the leading slash
};

std::optional<Group> parse_group(const std::string& line) {
  const size_t first = line.find(':');
  if (first == std::string::npos) return std::nullopt;
  const size_t second = line.find(':', first + 1);
  if (second == std::string::npos) return std::nullopt;
  return Group{.controllers = line.substr(first + 1, second - first - 1),
               .path = fs::path(line.substr(second + 1)).relative_path()};
}

bool holds_cpu(const std::string& controllers) {
  return ("," + controllers + ",").find(",cpu,") != std::string::npos;
}

std::optional<double> ratio(double quota, double period) {
  if (!(quota > 0) || !(period > 0)) return std::nullopt;
  return quota / period;
}

// "max 100000" (then `quota` does not parse) or "150000 100000".
std::optional<double> quota_v2(const fs::path& folder) {
  std::ifstream file(folder / "cpu.max");
  double quota = 0;
  double period = 0;
  if (!(file >> quota >> period)) return std::nullopt;
  return ratio(quota, period);
}

// A quota of -1 is none.
std::optional<double> quota_v1(const fs::path& folder) {
  std::ifstream quota_file(folder / "cpu.cfs_quota_us");
  std::ifstream period_file(folder / "cpu.cfs_period_us");
  double quota = 0;
  double period = 0;
  if (!(quota_file >> quota) || !(period_file >> period)) return std::nullopt;
  return ratio(quota, period);
}

// Of the group and all above it, the hierarchy's root included: a container may see its own group
// there, under a path that it does not see.
template <class Quota>
void take_least(const fs::path& mount, fs::path group, Quota quota, std::optional<double>& least) {
  while (true) {
    if (const std::optional<double> own = quota(mount / group)) {
      least = std::min(least.value_or(*own), *own);
    }
    if (group.empty()) return;
    group = group.parent_path();
  }
}

}  // namespace

std::optional<double> cpu_quota(const fs::path& root) {
  const fs::path mounts = root / "sys/fs/cgroup";
  std::ifstream groups(root / "proc/self/cgroup");
  std::optional<double> least;
  std::string line;
  while (std::getline(groups, line)) {
    const std::optional<Group> group = parse_group(line);
    if (!group) continue;
    if (group->controllers.empty()) {
      take_least(mounts, group->path, quota_v2, least);
    } else if (holds_cpu(group->controllers)) {
      for (const std::string& name : {group->controllers, std::string("cpu")}) {
        take_least(mounts / name, group->path, quota_v1, least);
      }
    }
  }
  return least;
}

}  // namespace train_backbone::core
