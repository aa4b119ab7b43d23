#pragma once

#include <memory>

#include "commands/settings.h"
#include "train_backbone/models/backbone.h"
#include "train_backbone/ops/device.h"
#include "train_backbone/ops/flat_arena.h"
#include "train_backbone/optim/parameter_groups.h"
#include "train_backbone/train/train_step.h"

namespace train_backbone::commands {

// The network that a run begins with, on the device: first weights, which are the same on each, and
// what is frozen. Throws core::UsageError.
std::shared_ptr<models::Backbone> make_training_model(const TrainSettings& settings,
                                                      const ops::Device& device = {});

// The parameters that learn, and how.
optim::ParameterGroups training_groups(const TrainSettings& settings,
                                       const models::Backbone& model);

// What a step does, without other ranks.
train::TrainStepSettings training_step_settings(const TrainSettings& settings,
                                                ops::Precision precision);

// The network computes in `type`, with copies of the arena's parameters unless that is fp32.
void compute_in(at::ScalarType type, models::Backbone& model, ops::FlatArena& arena);

}  // namespace train_backbone::commands
