#pragma once

#include <chrono>
#include <memory>

#include "train_backbone/comm/communicator.h"
#include "train_backbone/comm/launch.h"

namespace train_backbone::comm {

// Connects the ranks of a launch: over MPI, over TCP, or not at all where there is one. Collective
// over all processes of the launch. Throws core::DeviceError when they do not meet within
// `patience`; MPI, which cannot give up, ends the process then.
std::unique_ptr<Communicator> make_communicator(
    const Launch& launch, std::chrono::seconds patience = std::chrono::seconds(60));

}  // namespace train_backbone::comm
