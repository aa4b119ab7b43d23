#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "train_backbone/comm/communicator.h"

namespace train_backbone::comm {

// The communicators of `count` ranks in one process, for a thread each. They must all live as long
// as one of them is used; a thread that leaves without its calls leaves the others waiting.
std::vector<std::unique_ptr<Communicator>> make_thread_ranks(int64_t count);

}  // namespace train_backbone::comm
