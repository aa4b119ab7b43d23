#pragma once

#include <filesystem>
#include <optional>

namespace train_backbone::core {

// Processor time that control groups leave this process, in cores (1.5: one and a half), as `docker
// run --cpus` and Kubernetes' limits set it; nothing without a limit. Looks at the process's group
// and at all groups above it, of both hierarchies: v2 (cpu.max) and v1 (cpu.cfs_quota_us and
// cpu.cfs_period_us); the smallest counts. What cannot be read is no limit.
// `root` holds proc/self/cgroup and sys/fs/cgroup; anything but "/" is for tests.
// Source: Documentation/admin-guide/cgroup-v2.rst and scheduler/sched-bwc.rst of Linux.
std::optional<double> cpu_quota(const std::filesystem::path& root = "/");

}  // namespace train_backbone::core
