#include "train_backbone/core/allowed_cores.h"

#include <sched.h>

#include <algorithm>
#include <thread>

namespace train_backbone::core {

int64_t allowed_cores() {
  cpu_set_t cores;
  if (sched_getaffinity(0, sizeof(cores), &cores) == 0) return CPU_COUNT(&cores);
  return std::max(1U, std::thread::hardware_concurrency());  // more cores than a cpu_set_t holds
}

}  // namespace train_backbone::core
