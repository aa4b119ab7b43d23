#pragma once

#include <cstdint>

#include "commands/settings.h"
#include "commands/step_estimate.h"
#include "train_backbone/optim/schedule.h"
#include "train_backbone/train/run_plan.h"

namespace train_backbone::commands {

// Bytes of the largest parts of a rank's memory during training.
struct MemoryEstimate {
  int64_t state = 0;        // weights, gradients, momentum
  int64_t activations = 0;  // of one pass, kept for the backward pass
  int64_t batches = 0;      // that the loader holds

  [[nodiscard]] int64_t total() const { return state + activations + batches; }
};

// Computes one picture and counts what LibTorch keeps of it; the rest follows from the sizes.
MemoryEstimate estimate_memory(const TrainSettings& settings, int64_t workers);

// Prints what a run would be: steps, learning rate over time, parameters, GMACs, memory, and how
// long its steps would compute, of which `step` is one; the last line is JSON: steps, epochs,
// peak_learning_rate, parameters, gmacs, memory_bytes, images_per_second (of all ranks),
// seconds_per_step, seconds_per_epoch, seconds (of the run). Nothing is trained or written.
void print_dry_run(const TrainSettings& settings, const train::RunPlan& plan,
                   const optim::LearningRateSchedule& schedule, int64_t workers,
                   const StepEstimate& step);

}  // namespace train_backbone::commands
