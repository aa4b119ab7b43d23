#pragma once

#include <chrono>
#include <memory>

#include "train_backbone/comm/communicator.h"

namespace train_backbone::comm {

// Starts MPI, once in a process, and joins all ranks of its world. MPI ends with the last of the
// communicator and its duplicates; not while an exception passes, when other ranks may not come to
// the end any more.
// Throws core::DeviceError when MPI does not start or lets only one thread call it. MPI waits
// without end for a process that has stopped: after `patience` this one ends (StartGuard).
std::unique_ptr<Communicator> make_mpi_ranks(std::chrono::seconds patience);

}  // namespace train_backbone::comm
