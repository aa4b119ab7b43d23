#pragma once

#include <memory>

#include "commands/settings.h"
#include "train_backbone/models/backbone.h"
#include "train_backbone/ops/device.h"
#include "train_backbone/optim/parameter_groups.h"

namespace train_backbone::commands {

// The network that a run begins with, on the device: first weights, which are the same on each, and
// what is frozen. Throws core::UsageError.
std::shared_ptr<models::Backbone> make_training_model(const TrainSettings& settings,
                                                      const ops::Device& device = {});

// The parameters that learn, and how.
optim::ParameterGroups training_groups(const TrainSettings& settings,
                                       const models::Backbone& model);

}  // namespace train_backbone::commands
