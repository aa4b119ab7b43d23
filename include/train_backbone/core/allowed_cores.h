#pragma once

#include <cstdint>
#include <string>

namespace train_backbone::core {

// Cores that the calling thread may use, at least 1: its affinity mask (what a launcher,
// `--cpuset-cpus` or taskset has left), or fewer where a container's limit on processor time
// (`docker run --cpus`, rounded up) leaves less.
int64_t allowed_cores();

// The affinity mask as text, to tell which processes of a machine share their cores.
std::string affinity_text();

}  // namespace train_backbone::core
