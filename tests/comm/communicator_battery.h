#pragma once

#include <functional>

#include "train_backbone/comm/communicator.h"

namespace train_backbone::comm {

// Everything that a communicator promises, as one of its ranks; the same on all ranks. Failures are
// reported to GoogleTest.
void expect_promises_kept(Communicator& communicator);

}  // namespace train_backbone::comm
