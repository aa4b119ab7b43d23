#pragma once

#include <cstdint>

namespace train_backbone::core {

// Cores that the calling thread may run on (its affinity mask: what a launcher, `--cpuset-cpus` or
// taskset has left), at least 1. A container's limit on processor time is not seen.
int64_t allowed_cores();

}  // namespace train_backbone::core
