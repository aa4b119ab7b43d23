#include <sched.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <ctime>
#include <filesystem>

#include "commands/doctor/machine_facts.h"
#include "train_backbone/core/allowed_cores.h"

namespace train_backbone::commands {
namespace {

uint64_t limit_of(__rlimit_resource resource, bool hard) {
  rlimit limit{};
  if (::getrlimit(resource, &limit) != 0) return kUnlimited;
  const rlim_t value = hard ? limit.rlim_max : limit.rlim_cur;
  return value == RLIM_INFINITY ? kUnlimited : value;
}

std::filesystem::path nearest_existing(std::filesystem::path path) {
  std::error_code error;
  path = std::filesystem::absolute(path, error);
  while (!std::filesystem::exists(path, error) && path.has_relative_path()) {
    path = path.parent_path();
  }
  return path;
}

}  // namespace

SharedMemoryFacts probe_shared_memory(int64_t ranks_on_host) {
  SharedMemoryFacts facts;
  facts.ranks_on_host = ranks_on_host;
  struct statvfs system {};
  facts.there = ::statvfs(facts.path.c_str(), &system) == 0;
  if (!facts.there) return facts;
  facts.bytes = uint64_t{system.f_blocks} * system.f_frsize;
  facts.free = uint64_t{system.f_bavail} * system.f_frsize;
  return facts;
}

LimitFacts probe_limits(uint64_t shards) {
  return {.locked_memory = limit_of(RLIMIT_MEMLOCK, false),
          .open_files = limit_of(RLIMIT_NOFILE, true),
          .shards = shards};
}

SpaceFacts probe_space(const std::string& model_dir, const std::string& model, uint64_t needed) {
  SpaceFacts facts{.path = model_dir, .needed = needed, .model = model};
  const std::filesystem::path there = nearest_existing(model_dir);
  facts.writable = ::access(there.c_str(), W_OK | X_OK) == 0;
  struct statvfs system {};
  if (::statvfs(there.c_str(), &system) == 0) {
    facts.free = uint64_t{system.f_bavail} * system.f_frsize;
  }
  return facts;
}

CoreFacts probe_cores() {
  CoreFacts facts;
  facts.online = std::max<int64_t>(1, ::sysconf(_SC_NPROCESSORS_ONLN));
  cpu_set_t set;
  CPU_ZERO(&set);
  facts.bound = ::sched_getaffinity(0, sizeof(set), &set) == 0 ? CPU_COUNT(&set) : facts.online;
  facts.usable = core::allowed_cores();
  facts.for_itself = facts.usable;
  return facts;
}

ClockFacts probe_clock() {
  ClockFacts facts;
  facts.now = ::time(nullptr);
  struct stat status {};
  if (::stat("/proc/self/exe", &status) == 0) facts.program = status.st_mtim.tv_sec;
  return facts;
}

}  // namespace train_backbone::commands
