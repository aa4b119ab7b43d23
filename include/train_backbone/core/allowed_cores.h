#pragma once

#include <cstdint>

namespace train_backbone::core {

// Cores that the calling thread may use, at least 1: its affinity mask (what a launcher,
// `--cpuset-cpus` or taskset has left), or fewer where a container's limit on processor time
// (`docker run --cpus`, rounded up) leaves less.
int64_t allowed_cores();

}  // namespace train_backbone::core
