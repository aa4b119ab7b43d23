#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace train_backbone::core {

struct ControlGroup {
  std::filesystem::path folder;
  bool version_two = true;  // whose files have other names than those of version 1
};

// The control groups that this process is in as far as `controller` ("cpu", "memory") goes, and all
// groups above them, of both hierarchies; the hierarchies' roots included: a container may see its
// own group there, under a path that it does not see. Some of the folders may not exist.
// `root` holds proc/self/cgroup and sys/fs/cgroup; anything but "/" is for tests.
// Source: Documentation/admin-guide/cgroup-v2.rst and cgroup-v1/cgroups.rst of Linux.
std::vector<ControlGroup> control_groups(const std::string& controller,
                                         const std::filesystem::path& root = "/");

}  // namespace train_backbone::core
