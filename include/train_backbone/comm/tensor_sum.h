#pragma once

#include <ATen/core/Tensor.h>

#include "train_backbone/comm/communicator.h"

namespace train_backbone::comm {

// Every element becomes its sum over the ranks, as Communicator::all_reduce_sum says; collective.
// `tensor`: contiguous, fp32 or fp64; std::invalid_argument for others. From a GPU it goes through
// the host's memory, and the call waits for that.
void sum_over_ranks(Communicator& communicator, const at::Tensor& tensor);

}  // namespace train_backbone::comm
