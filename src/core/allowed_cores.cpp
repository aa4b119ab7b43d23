#include "train_backbone/core/allowed_cores.h"

#include <sched.h>

#include <algorithm>
#include <cmath>
#include <thread>

#include "core/cpu_quota.h"

namespace train_backbone::core {
namespace {

int64_t cores_of_affinity() {
  cpu_set_t cores;
  if (sched_getaffinity(0, sizeof(cores), &cores) == 0) return CPU_COUNT(&cores);
  return std::max(1U, std::thread::hardware_concurrency());  // more cores than a cpu_set_t holds
}

}  // namespace

int64_t allowed_cores() {
  const int64_t cores = cores_of_affinity();
  const std::optional<double> quota = cpu_quota();
  if (!quota || *quota >= static_cast<double>(cores)) return cores;
  return std::max<int64_t>(1, std::llround(std::ceil(*quota)));
}

std::string affinity_text() {
  cpu_set_t cores;
  if (sched_getaffinity(0, sizeof(cores), &cores) != 0) return "all";
  std::string text;
  for (int core = 0; core < CPU_SETSIZE; ++core) text += CPU_ISSET(core, &cores) ? '1' : '0';
  return text.substr(0, text.find_last_of('1') + 1);
}

}  // namespace train_backbone::core
