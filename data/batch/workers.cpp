#include <sched.h>

#include <algorithm>
#include <thread>

#include "train_backbone/data/batch/sources.h"

namespace train_backbone::data {
namespace {

// The cores that a launcher, container or taskset has left to this process.
int64_t allowed_cores() {
  cpu_set_t cores;
  if (sched_getaffinity(0, sizeof(cores), &cores) == 0) {
    return CPU_COUNT(&cores);
  }
  return std::max(1U, std::thread::hardware_concurrency());  // more cores than a cpu_set_t holds
}

}  // namespace

int resolve_workers(int64_t workers, int64_t compute_threads) {
  return static_cast<int>(workers > 0 ? workers
                                      : std::max<int64_t>(1, allowed_cores() - compute_threads));
}

}  // namespace train_backbone::data
