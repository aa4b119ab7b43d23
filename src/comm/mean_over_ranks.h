#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

#include "train_backbone/comm/communicator.h"

namespace train_backbone::comm {

// Elements [begin, end) of a flat contiguous fp32 or fp64 tensor become their mean over the ranks:
// the sum in the order of the ranks, times 1 / world_size rounded to the tensor's type. How a
// tensor is cut into calls changes no bit. Collective. Starts no threads: it is called beside the
// compute threads.
void mean_over_ranks(Communicator& communicator, const at::Tensor& flat, int64_t begin,
                     int64_t end);

}  // namespace train_backbone::comm
