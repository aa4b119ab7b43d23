#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>

#include "commands/memory_estimate.h"
#include "commands/settings.h"
#include "commands/step_estimate.h"
#include "train_backbone/optim/schedule.h"
#include "train_backbone/train/run_plan.h"

namespace train_backbone::commands {

// Prints what a run would be: parameters, GMACs, steps, memory, learning rate over time. Returns
// steps, epochs, peak_learning_rate, parameters, gmacs, memory_bytes. To be called before a step is
// measured, for which memory may not suffice: then this is there to read.
nlohmann::ordered_json print_plan(const TrainSettings& settings, const train::RunPlan& plan,
                                  const optim::LearningRateSchedule& schedule,
                                  const MemoryEstimate& memory);

// Prints how long the run's steps would compute, of which `step` is one, and as last line `result`,
// of print_plan(), as JSON with images_per_second (of all ranks), seconds_per_step,
// seconds_per_epoch and seconds (of the run).
void print_times(const TrainSettings& settings, const train::RunPlan& plan,
                 const StepEstimate& step, nlohmann::ordered_json result);

}  // namespace train_backbone::commands
