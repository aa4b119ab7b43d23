#include "commands/doctor/judge_machine.h"

#include <algorithm>
#include <string>

#include "train_backbone/core/format.h"

namespace train_backbone::commands {
namespace {

constexpr uint64_t kMebi = uint64_t{1} << 20;
constexpr uint64_t kGibi = uint64_t{1} << 30;
// Docker's default is 64 MiB, at which NCCL fails.
constexpr uint64_t kTooLittleShared = 128 * kMebi;
// What a rank takes of it, roughly.
constexpr uint64_t kSharedPerRank = 256 * kMebi;
// Debian's and Ubuntu's default; older systems had 64 KiB.
constexpr uint64_t kUsualLocked = 8 * kMebi;
constexpr uint64_t kOtherFiles = 256;
// File systems of networks round dates, and their clocks are not ours.
constexpr int64_t kClockSlack = 5;
constexpr double kRankClockSlack = 2;

constexpr const char* kShmAdvice =
    "docker run --ipc=host, or --shm-size=1g; on a host: mount -o remount,size=8g /dev/shm";

std::string limit_text(uint64_t limit) {
  return limit == kUnlimited ? "unlimited" : bytes_text(static_cast<double>(limit));
}

// "3 h", "2 days".
std::string duration_text(int64_t seconds) {
  constexpr int64_t kMinute = 60;
  constexpr int64_t kHour = 60 * kMinute;
  constexpr int64_t kDay = 24 * kHour;
  if (seconds < 2 * kMinute) return core::format("{} s", seconds);
  if (seconds < 2 * kHour) return core::format("{} minutes", seconds / kMinute);
  if (seconds < 2 * kDay) return core::format("{} hours", seconds / kHour);
  return core::format("{} days", seconds / kDay);
}

}  // namespace

Finding judge_shared_memory(const SharedMemoryFacts& facts) {
  if (!facts.there) {
    return warning("shm", core::format("{} is not there", facts.path),
                   "ranks of one host talk through it: mount -t tmpfs tmpfs /dev/shm");
  }
  const std::string text =
      core::format("{}: {}, {} free", facts.path, bytes_text(static_cast<double>(facts.bytes)),
                   bytes_text(static_cast<double>(facts.free)));
  const auto ranks = static_cast<uint64_t>(std::max<int64_t>(1, facts.ranks_on_host));
  if (facts.free >= std::max(kGibi, ranks * kSharedPerRank)) return ok("shm", text);
  const std::string what =
      core::format("{}: too little for {}", text,
                   ranks > 1 ? core::format("{} ranks on this host", ranks) : "several ranks");
  return facts.free < kTooLittleShared && ranks > 1 ? error("shm", what, kShmAdvice)
                                                    : warning("shm", what, kShmAdvice);
}

Finding judge_locked_memory(const LimitFacts& facts) {
  const std::string text = core::format("locked memory: {}", limit_text(facts.locked_memory));
  if (facts.locked_memory >= kUsualLocked) return ok("memlock", text);
  return warning("memlock", text + "; GPUs and network cards that fetch data themselves need more",
                 "docker run --ulimit memlock=-1; on a host: ulimit -l unlimited, or memlock in "
                 "/etc/security/limits.conf");
}

Finding judge_open_files(const LimitFacts& facts) {
  const std::string text = facts.open_files == kUnlimited
                               ? "open files: unlimited"
                               : core::format("open files: {} allowed, {}", facts.open_files,
                                              core::counted(facts.shards, "shard"));
  if (facts.open_files >= facts.shards + kOtherFiles) return ok("files", text);
  return error("files", text + ": all stay open during a run",
               core::format("docker run --ulimit nofile={0}; on a host: ulimit -Hn {0}",
                            2 * (facts.shards + kOtherFiles)));
}

Finding judge_cores(const CoreFacts& facts) {
  std::string text = core::format("{} of {} cores of this machine", facts.usable, facts.online);
  if (facts.for_itself < facts.usable) {
    text += core::format(", {} of them for this rank", facts.for_itself);
  }
  if (facts.bound == 1 && facts.online > 1) {
    return warning("cores", text + ": this process is bound to one",
                   "mpirun --bind-to none; taskset and docker run --cpuset-cpus bind, too");
  }
  if (facts.usable < facts.bound) {
    text += core::format(" (a limit on processor time leaves {} of {})", facts.usable, facts.bound);
  }
  const int64_t compute = facts.compute_threads > 0 ? facts.compute_threads : 0;
  const int64_t wanted = facts.workers + compute;
  if (wanted > facts.for_itself) {
    return warning("cores",
                   core::format("{}; --workers {} and --compute_threads {} want {}", text,
                                facts.workers, compute, wanted),
                   core::format("leave both out (auto), or let their sum be {}", facts.for_itself));
  }
  if (facts.for_itself * facts.ranks_on_host * 4 <= facts.online) {
    return warning(
        "cores", text + ": most of the machine stands idle",
        "one rank: run without taskset or --cpuset-cpus; several: mpirun --bind-to none");
  }
  return ok("cores", text);
}

Finding judge_clock(const ClockFacts& facts) {
  if (facts.now + kClockSlack < facts.program) {
    return warning("clock",
                   core::format("the clock is {} behind the date of the program's file",
                                duration_text(facts.program - facts.now)),
                   "set it: timedatectl set-ntp true");
  }
  if (!facts.newest_file.empty() && facts.newest > facts.now + kClockSlack) {
    return warning("clock",
                   core::format("{} is dated {} in the future", facts.newest_file,
                                duration_text(facts.newest - facts.now)),
                   "set the clock of the machine that wrote it, or touch the file: a later change "
                   "of it might go unseen");
  }
  if (facts.between_ranks > kRankClockSlack) {
    return warning(
        "clock",
        core::format("the clocks of the ranks' hosts differ by {:.1f} s", facts.between_ranks),
        "timedatectl set-ntp true on each host");
  }
  return ok("clock", "no file is dated in the future");
}

Finding judge_space(const SpaceFacts& facts) {
  if (!facts.writable) {
    return error("space", core::format("--model_dir {} cannot be written", facts.path),
                 "name another --model_dir; docker run -v /HOST/FOLDER:/FOLDER");
  }
  const std::string text = core::format("--model_dir {}: {} free, a run of {} keeps {}", facts.path,
                                        bytes_text(static_cast<double>(facts.free)), facts.model,
                                        bytes_text(static_cast<double>(facts.needed)));
  if (facts.free >= 2 * facts.needed) return ok("space", text);
  const std::string advice = "free some, or name a --model_dir on another disk";
  return facts.free < facts.needed ? error("space", text, advice) : warning("space", text, advice);
}

}  // namespace train_backbone::commands
