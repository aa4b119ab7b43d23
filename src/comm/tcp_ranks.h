#pragma once

#include <chrono>
#include <memory>

#include "train_backbone/comm/communicator.h"
#include "train_backbone/comm/launch.h"

namespace train_backbone::comm {

// Joins the ranks of a launch without MPI: they meet at the first rank's address and port, then
// each has a connection to each. Small and simple rather than fast. Throws core::DeviceError when
// ranks are missing at the end of `patience`, naming them (on the first rank), and later, naming
// it, when a rank hangs up.
std::unique_ptr<Communicator> make_tcp_ranks(const Launch& launch, std::chrono::seconds patience);

}  // namespace train_backbone::comm
