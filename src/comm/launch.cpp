#include "train_backbone/comm/launch.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <string_view>

#include "train_backbone/core/errors.h"
#include "train_backbone/core/format.h"

namespace train_backbone::comm {
namespace {

constexpr int64_t kDefaultPort = 29500;  // torch's
constexpr int64_t kMostPort = 65535;

// A launcher that this program knows.
struct Launcher {
  const char* name;
  const char* rank;
  const char* world_size;
  const char* how;  // it is to be started, for messages
};
constexpr Launcher kOpenMpi{"Open MPI", "OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE",
                            "start it with mpirun"};
constexpr Launcher kTorchrun{
    "torchrun", "RANK", "WORLD_SIZE",
    "set RANK, WORLD_SIZE, MASTER_ADDR and MASTER_PORT, or unset them all"};
constexpr Launcher kPmi{"PMI", "PMI_RANK", "PMI_SIZE",
                        "start it with Open MPI's mpirun, or set MASTER_ADDR and MASTER_PORT"};
constexpr Launcher kSlurm{"Slurm", "SLURM_PROCID", "SLURM_STEP_NUM_TASKS", "start it with srun"};

constexpr Launcher kSageMaker{"SageMaker", "current_host", "hosts",
                              "look at resourceconfig.json of the job"};

std::optional<std::string> value_of(const Environment& environment, std::string_view name) {
  const auto found = environment.find(std::string(name));
  if (found == environment.end() || found->second.empty()) return std::nullopt;
  return found->second;
}

[[noreturn]] void refuse(const Launcher& launcher, const std::string& what) {
  throw core::UsageError(core::format("{}: {}; {}", launcher.name, what, launcher.how));
}

int64_t number_of(const Environment& environment, const Launcher& launcher, const char* name) {
  const std::optional<std::string> text = value_of(environment, name);
  if (!text) refuse(launcher, core::format("{} is not set", name));
  int64_t value = 0;
  const char* end = text->data() + text->size();
  const auto [stop, error] = std::from_chars(text->data(), end, value);
  if (error != std::errc() || stop != end || value < 0) {
    refuse(launcher, core::format("{}={} is no number of 0 or more", name, *text));
  }
  return value;
}

Launch numbers_of(const Environment& environment, const Launcher& launcher) {
  Launch launch{.rank = number_of(environment, launcher, launcher.rank),
                .world_size = number_of(environment, launcher, launcher.world_size),
                .launcher = launcher.name};
  if (launch.rank >= launch.world_size) {
    refuse(launcher, core::format("{}={} is not below {}={}", launcher.rank, launch.rank,
                                  launcher.world_size, launch.world_size));
  }
  return launch;
}

int64_t port_of(const Environment& environment, const Launcher& launcher) {
  const int64_t port = value_of(environment, "MASTER_PORT")
                           ? number_of(environment, launcher, "MASTER_PORT")
                           : kDefaultPort;
  if (port < 1 || port > kMostPort) {
    refuse(launcher, core::format("MASTER_PORT={} is no port", port));
  }
  return port;
}

// Where the ranks meet.
void set_place(Launch& launch, const Environment& environment, const Launcher& launcher) {
  if (launch.world_size == 1) return;
  std::optional<std::string> address = value_of(environment, "MASTER_ADDR");
  if (!address && launcher.rank == kSlurm.rank) {
    for (const char* name : {"SLURM_STEP_NODELIST", "SLURM_NODELIST", "SLURM_JOB_NODELIST"}) {
      const auto list = value_of(environment, name);
      if (list && !address) address = first_host(*list);
    }
  }
  if (!address) {
    refuse(launcher, core::format("{} ranks, and MASTER_ADDR, the first one's host, is not set",
                                  launch.world_size));
  }
  launch.address = *address;
  launch.port = port_of(environment, launcher);
  // Newer torchruns keep the port of MASTER_PORT for their agent; they choose a free one, and the
  // next is taken for free.
  if (value_of(environment, "TORCHELASTIC_USE_AGENT_STORE") == "True") {
    launch.port += launch.port < kMostPort ? 1 : -1;
  }
}

Launch launch_in(const Cluster& cluster, const Environment& environment) {
  const auto own = std::find(cluster.hosts.begin(), cluster.hosts.end(), cluster.current_host);
  if (own == cluster.hosts.end()) {
    refuse(kSageMaker, core::format("current_host '{}' is none of the hosts {}",
                                    cluster.current_host, fmt::join(cluster.hosts, ", ")));
  }
  Launch launch{.rank = own - cluster.hosts.begin(),
                .world_size = static_cast<int64_t>(cluster.hosts.size()),
                .launcher = kSageMaker.name};
  if (launch.world_size == 1) return launch;
  launch.address = cluster.hosts.front();
  launch.port = port_of(environment, kSageMaker);
  return launch;
}

// srun --mpi=pmi2 sets PMI's variables, too, and knows the hosts, which PMI does not tell.
bool is_slurms_pmi(const Environment& environment) {
  const auto tasks = value_of(environment, kSlurm.world_size);
  return tasks && tasks == value_of(environment, kPmi.world_size) &&
         !value_of(environment, "MASTER_ADDR");
}

bool has(const Environment& environment, const Launcher& launcher) {
  return value_of(environment, launcher.rank) || value_of(environment, launcher.world_size);
}

}  // namespace

Environment process_environment() {
  Environment environment;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view line = *entry;
    const size_t equals = line.find('=');
    if (equals == std::string_view::npos) continue;
    environment.emplace(line.substr(0, equals), line.substr(equals + 1));
  }
  return environment;
}

Launch find_launch(const Environment& environment, const std::optional<Cluster>& cluster) {
  if (has(environment, kOpenMpi)) {
    Launch launch = numbers_of(environment, kOpenMpi);
    launch.over_mpi = launch.world_size > 1;
    return launch;
  }
  // WORLD_SIZE alone is also what other tools set.
  for (const Launcher& launcher : {kTorchrun, kPmi}) {
    if (!value_of(environment, launcher.rank)) continue;
    if (launcher.rank == kPmi.rank && is_slurms_pmi(environment)) continue;
    Launch launch = numbers_of(environment, launcher);
    set_place(launch, environment, launcher);
    // Of whoever sets torchrun's variables in its stead.
    launch.launcher =
        value_of(environment, "TRAIN_BACKBONE_LAUNCHER").value_or(std::string(launch.launcher));
    return launch;
  }
  // Within salloc's shell, outside any step, the allocation's variables mean nothing yet.
  if (value_of(environment, "SLURM_STEP_ID") && has(environment, kSlurm)) {
    Launch launch = numbers_of(environment, kSlurm);
    set_place(launch, environment, kSlurm);
    return launch;
  }
  return cluster ? launch_in(*cluster, environment) : Launch{};
}

std::string first_host(const std::string& node_list) {
  const size_t bracket = node_list.find('[');
  const size_t comma = node_list.find(',');
  if (bracket == std::string::npos || comma < bracket) return node_list.substr(0, comma);
  const size_t end = node_list.find_first_of(",-]", bracket);
  const size_t close = node_list.find(']', bracket);
  if (end == std::string::npos || close == std::string::npos) return node_list;
  const size_t rest_end = node_list.find(',', close);
  return node_list.substr(0, bracket) + node_list.substr(bracket + 1, end - bracket - 1) +
         node_list.substr(close + 1,
                          rest_end == std::string::npos ? rest_end : rest_end - close - 1);
}

}  // namespace train_backbone::comm
