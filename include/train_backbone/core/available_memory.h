#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>

namespace train_backbone::core {

// Bytes of memory that this process and others may still take before the system kills one: what the
// machine has available, or less where a control group (of a container, a job, a user) limits it.
// Memory that caches files counts as available. Nothing where the system does not tell.
// `root` holds proc and sys; anything but "/" is for tests.
// Source: proc(5) (MemAvailable); Documentation/admin-guide/cgroup-v2.rst and cgroup-v1/memory.rst
// of Linux.
std::optional<int64_t> available_memory(const std::filesystem::path& root = "/");

}  // namespace train_backbone::core
