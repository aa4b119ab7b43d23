#pragma once

#include <span>

namespace train_backbone::comm {

// MPI_Allreduce of the MPI library itself, over all ranks that make_communicator() has connected by
// MPI: to compare with. Its order of addition is its own. Collective. Throws core::DeviceError.
void mpi_library_all_reduce_sum(std::span<float> values);

}  // namespace train_backbone::comm
