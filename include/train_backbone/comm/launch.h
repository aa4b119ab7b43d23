#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace train_backbone::comm {

using Environment = std::map<std::string, std::string>;

// Who this process is among the ranks of its run.
struct Launch {
  int64_t rank = 0;
  int64_t world_size = 1;
  std::string launcher = "itself";  // or a launcher as below
  bool over_mpi = false;            // MPI connects the ranks; else they meet at `address`
  std::string address = {};         // of the first rank: a host name or an IPv4 address
  int64_t port = 0;

  bool operator==(const Launch&) const = default;
};

// The hosts of a SageMaker job, each of which starts one process.
struct Cluster {
  std::string current_host;
  std::vector<std::string> hosts;
};

// This process's own.
Environment process_environment();

// Finds out from the variables of launchers, in this order of trust (variables of a batch system
// are also there within mpirun):
//   Open MPI   OMPI_COMM_WORLD_RANK, OMPI_COMM_WORLD_SIZE
//   torchrun   RANK, WORLD_SIZE, MASTER_ADDR, MASTER_PORT (29500; the next port where torchrun
//              itself listens at it: TORCHELASTIC_USE_AGENT_STORE); whoever sets these in its stead
//              says so by TRAIN_BACKBONE_LAUNCHER
//   PMI        PMI_RANK, PMI_SIZE (MPICH, Intel MPI), MASTER_ADDR, MASTER_PORT
//   Slurm      SLURM_PROCID, SLURM_STEP_NUM_TASKS within a step (SLURM_STEP_ID); MASTER_ADDR or the
//              first of SLURM_STEP_NODELIST
//   SageMaker  the cluster: its hosts in their order meet at the first; MASTER_PORT
// and else alone. Throws core::UsageError, naming the variables and what to do, where they
// contradict each other or are not complete.
Launch find_launch(const Environment& environment,
                   const std::optional<Cluster>& cluster = std::nullopt);

// The first host of a list as Slurm writes it: "node[07-12,15],gpu3" -> "node07".
std::string first_host(const std::string& node_list);

}  // namespace train_backbone::comm
