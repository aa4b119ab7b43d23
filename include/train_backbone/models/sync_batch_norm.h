#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <functional>

#include "train_backbone/models/classifier.h"

namespace train_backbone::models {

// Makes every element its sum over the ranks, in place: the same bits on all ranks, and the same
// order of calls. The tensor is contiguous, fp64, on the network's device. Called from forward()
// and, in the thread that runs it, from the backward pass; so it must not share a channel with what
// runs beside that pass (the reduction of gradients).
using SumOverRanks = std::function<void(at::Tensor&)>;

// From now on the network's batch normalisation in training is over the samples of all ranks:
// output, input gradients and running statistics are those of the joined batch, statistics bit for
// bit the same on all ranks. The gradients of scale and shift stay each rank's own part: where
// every rank's loss is the mean over its samples, the mean over ranks of all gradients is the
// gradient of the joined batch's mean loss. All ranks bring batches of the same shape
// (std::invalid_argument in forward where that does not hold). Names of parameters, evaluation, and
// layers that are or get frozen do not change. Two reductions per layer forward and one backward,
// which cannot be differentiated again. Returns the number of layers. std::invalid_argument when
// world_size < 1.
int64_t synchronise_batch_norm(Classifier& network, const SumOverRanks& sum, int64_t world_size);

}  // namespace train_backbone::models
