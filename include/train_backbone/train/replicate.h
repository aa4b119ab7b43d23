#pragma once

#include "train_backbone/comm/communicator.h"
#include "train_backbone/models/classifier.h"
#include "train_backbone/optim/sgd.h"
#include "train_backbone/train/run_state.h"

namespace train_backbone::train {

// All ranks go on from the first rank's state: its weights, statistics, momentum and numbers
// replace the others'. Model and optimizer are made in the same way on all ranks. Collective.
void replicate(comm::Communicator& communicator, RunState& state, const models::Classifier& model,
               const optim::Sgd& optimizer);

// Whether all ranks still have the same weights, statistics and momentum, bit for bit. They compute
// the same numbers from the same bits, so that a difference is a fault of a machine (or of this
// program). Throws core::DeviceError, on all ranks, naming those that differ from most. Collective.
void check_replicas(comm::Communicator& communicator, int64_t step, const models::Classifier& model,
                    const optim::Sgd& optimizer);

}  // namespace train_backbone::train
