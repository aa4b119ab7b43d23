#include "train_backbone/comm/make_communicator.h"

#include "comm/mpi_ranks.h"
#include "comm/single_rank.h"
#include "comm/tcp_ranks.h"

namespace train_backbone::comm {

std::unique_ptr<Communicator> make_communicator(const Launch& launch,
                                                std::chrono::seconds patience) {
  if (launch.world_size == 1) return std::make_unique<SingleRank>();
  if (launch.over_mpi) return make_mpi_ranks(patience);
  return make_tcp_ranks(launch, patience);
}

}  // namespace train_backbone::comm
