#include "core/control_groups.h"

#include <fstream>
#include <optional>

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

bool holds(const std::string& controllers, const std::string& controller) {
  return ("," + controllers + ",").find("," + controller + ",") != std::string::npos;
}

void add_all_above(const fs::path& mount, fs::path group, bool version_two,
                   std::vector<ControlGroup>& all) {
  while (true) {
    all.push_back({.folder = mount / group, .version_two = version_two});
    if (group.empty()) return;
    group = group.parent_path();
  }
}

}  // namespace

std::vector<ControlGroup> control_groups(const std::string& controller, const fs::path& root) {
  const fs::path mounts = root / "sys/fs/cgroup";
  std::ifstream groups(root / "proc/self/cgroup");
  std::vector<ControlGroup> all;
  std::string line;
  while (std::getline(groups, line)) {
    const std::optional<Group> group = parse_group(line);
    if (!group) continue;
    if (group->controllers.empty()) {
      add_all_above(mounts, group->path, true, all);
    } else if (holds(group->controllers, controller)) {
      for (const std::string& name : {group->controllers, controller}) {
        add_all_above(mounts / name, group->path, false, all);
      }
    }
  }
  return all;
}

}  // namespace train_backbone::core
