#include "commands/run_ranks.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <set>
#include <thread>

#include "commands/sagemaker_cluster.h"
#include "train_backbone/comm/counted_communicator.h"
#include "train_backbone/comm/fail_together.h"
#include "train_backbone/comm/make_communicator.h"
#include "train_backbone/comm/start_guard.h"
#include "train_backbone/core/allowed_cores.h"
#include "train_backbone/core/errors.h"
#include "train_backbone/core/format.h"
#include "train_backbone/core/log.h"

namespace train_backbone::commands {
namespace {

// The watch itself gives up after the heartbeat's limit, and knows which rank does not come.
constexpr std::chrono::seconds kOwnMessage(2);
constexpr const char* kSilent =
    "the ranks were connected, and then one of them fell silent before the first heartbeat: its "
    "process is stopped, its host is down, or the network between the hosts is "
    "(--heartbeat_timeout)";

constexpr const char* kNoEnd =
    "this rank has done all its work, but the ranks did not come to an end together: the process "
    "of one is stopped, its host is down, or the network between the hosts is";

std::chrono::milliseconds milliseconds(double seconds) {
  return std::chrono::milliseconds(std::llround(1000 * seconds));
}

std::string host_name() {
  std::array<char, 256> name{};
  if (::gethostname(name.data(), name.size() - 1) != 0) return "unknown";
  return name.data();
}

}  // namespace

RunRanks::RunRanks(const comm::CommOptions& options, core::LogLevel lowest)
    : lowest_(lowest),
      heartbeat_(milliseconds(options.heartbeat_timeout)),
      launch_(comm::find_launch(comm::process_environment(),
                                read_sagemaker_cluster(options.sagemaker_dir))) {
  if (is_alone()) {
    control_ = comm::make_communicator(launch_);
    hosts_ = {host_name()};
    cores_ = core::allowed_cores();
    return;
  }
  core::label_log(core::format("[r{}/{} {}] ", rank(), world_size(), host_name()));
  if (!is_first()) core::configure_log(core::LogLevel::kError);
  control_ =
      std::make_unique<comm::CountedCommunicator>(comm::make_communicator(launch_), progress_);
  const comm::StartGuard guard(heartbeat_ + kOwnMessage, kSilent);
  meet();
  watch_ = std::make_unique<comm::Watch>(
      *control_, hosts_,
      comm::Watch::Settings{
          .limits = {.heartbeat = heartbeat_, .progress = milliseconds(options.progress_timeout)},
          .end = {}},
      progress_);
  if (is_first()) core::log_info("{}", text());
}

RunRanks::~RunRanks() {
  watch_.reset();
  if (is_alone()) return;
  const comm::StartGuard guard(heartbeat_ + kOwnMessage, kNoEnd);
  control_.reset();
}

void RunRanks::await_verdict() const {
  // A host that is down is silent first.
  if (watch_) std::this_thread::sleep_for(heartbeat_ + kOwnMessage);
}

void RunRanks::meet() {
  hosts_ = control_->all_gather(host_name());
  const std::string own = core::format("{} {}", host_name(), core::affinity_text());
  const std::vector<std::string> all = control_->all_gather(own);
  const auto sharing = std::count(all.begin(), all.end(), own);
  cores_ = std::max<int64_t>(1, core::allowed_cores() / sharing);
}

void RunRanks::end_set_up() const {
  if (!is_first()) core::configure_log(std::max(lowest_, core::LogLevel::kWarning));
}

std::string RunRanks::text() const {
  const std::set<std::string> hosts(hosts_.begin(), hosts_.end());
  return core::format("{} by {} on {}", core::counted(static_cast<uint64_t>(world_size()), "rank"),
                      launch_.launcher, core::format("{}", fmt::join(hosts, ", ")));
}

ops::RankPlace RunRanks::place() const {
  const std::string& own = hosts_[static_cast<size_t>(rank())];
  return {.local_rank = std::count(hosts_.begin(), hosts_.begin() + rank(), own),
          .local_ranks = std::count(hosts_.begin(), hosts_.end(), own),
          .world_size = world_size()};
}

void RunRanks::check_devices(const ops::Device& device, const comm::CommOptions& options) {
  const std::vector<std::string> gpus = control_->all_gather(device.gpu_id);
  together([&] {
    ops::check_gpus_of_ranks(gpus, options.share_gpu);
    if (is_alone() || !device.on_gpu() || options.wire_dtype == "fp32") return;
    throw core::UsageError(core::format(
        "--wire_dtype {}: between GPUs gradients travel as fp32; leave it out, or train with "
        "--device cpu",
        options.wire_dtype));
  });
}

bool RunRanks::leads_host() const {
  const auto lowest = std::find(hosts_.begin(), hosts_.end(), host_of(rank()));
  return lowest - hosts_.begin() == rank();
}

int64_t RunRanks::ranks_on_host() const {
  return std::count(hosts_.begin(), hosts_.end(), host_of(rank()));
}

void RunRanks::one_per_host_first(const std::function<void()>& work) {
  for (const bool turn : {true, false}) {
    together([&] {
      if (leads_host() == turn) work();
    });
  }
}

void RunRanks::together(const std::function<void()>& work) { comm::fail_together(*control_, work); }

bool RunRanks::any(bool own) {
  std::array<double, 1> count{own ? 1.0 : 0.0};
  control_->all_reduce_sum(std::span<double>(count));
  return count[0] > 0;
}

}  // namespace train_backbone::commands
