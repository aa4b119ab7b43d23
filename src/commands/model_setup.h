#pragma once

#include <memory>

#include "commands/settings.h"
#include "train_backbone/models/backbone.h"
#include "train_backbone/optim/parameter_groups.h"

namespace train_backbone::commands {

// The network that a run begins with: first weights, and what is frozen. Throws core::UsageError.
std::shared_ptr<models::Backbone> make_training_model(const TrainSettings& settings);

// The parameters that learn, and how.
optim::ParameterGroups training_groups(const TrainSettings& settings,
                                       const models::Backbone& model);

}  // namespace train_backbone::commands
