#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "comm/watch_line.h"
#include "train_backbone/comm/communicator.h"

namespace train_backbone::comm {

// Connects every rank with the first one. Returns the lines by rank: on the first rank one to each
// other, on the others one at place 0; nullptr elsewhere. A token, drawn by the first rank and told
// through the communicator, keeps strangers out. Collective.
// Throws core::DeviceError, naming the rank, when a line does not come about before `patience`
// ends.
std::vector<std::unique_ptr<WatchLine>> meet_for_watch(Communicator& communicator,
                                                       const std::vector<std::string>& hosts,
                                                       std::chrono::milliseconds patience);

}  // namespace train_backbone::comm
