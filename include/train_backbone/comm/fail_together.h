#pragma once

#include <functional>
#include <string>

#include "train_backbone/comm/communicator.h"
#include "train_backbone/core/errors.h"

namespace train_backbone::comm {

// Runs `work` on this rank. When it throws a core::Error on any rank, all ranks throw one of the
// same code (a core::DataError for bad data), so that no rank waits for one that has failed. The
// lowest failing rank tells the user what went wrong before any rank goes on: a launcher kills all
// when the first one ends. Collective; `work` must not be. Other exceptions pass through on this
// rank only. With one rank `work` is simply run.
void fail_together(Communicator& communicator, const std::function<void()>& work);

// For what all ranks find out alike: the first one tells, then all throw. With one rank nothing is
// told here. Collective.
[[noreturn]] void throw_together(Communicator& communicator, core::ExitCode code,
                                 const std::string& text);

}  // namespace train_backbone::comm
