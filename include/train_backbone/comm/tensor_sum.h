#pragma once

#include <ATen/core/Tensor.h>

#include "train_backbone/comm/communicator.h"

namespace train_backbone::comm {

// Every element becomes its sum over the ranks, as Communicator::all_reduce_sum says; collective.
// `tensor`: contiguous, fp32 or fp64, on the CPU; std::invalid_argument for others.
void sum_over_ranks(Communicator& communicator, const at::Tensor& tensor);

}  // namespace train_backbone::comm
