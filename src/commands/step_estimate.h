#pragma once

#include <cstdint>

#include "commands/settings.h"
#include "train_backbone/ops/device.h"

namespace train_backbone::commands {

// What a training step of a rank costs, computing alone: without reading and decoding, and without
// what the ranks do together.
struct StepEstimate {
  double seconds = 0;           // of a step with all its passes
  int64_t batch_size = 0;       // of the steps that were measured
  int64_t steps = 0;            // that were measured
  double seconds_measured = 0;  // what that took, first steps included
};

// Computes a few steps of the run's own network, on the device that is set up, with pictures of
// noise. Where whole batches would take more than about `most_seconds` (a slow machine takes one
// step more), smaller ones are computed on a CPU, and the time is taken to grow with the number of
// pictures.
StepEstimate estimate_step(const TrainSettings& settings, const ops::Device& device,
                           double most_seconds = 8);

// The largest even batch, between `least` and `most`, of which `steps` steps fit into `seconds`.
int64_t affordable_batch(double seconds_per_picture, int64_t steps, double seconds, int64_t least,
                         int64_t most);

}  // namespace train_backbone::commands
