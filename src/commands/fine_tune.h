#pragma once

#include "commands/settings.h"
#include "train_backbone/models/backbone.h"

namespace train_backbone::commands {

// Throws core::UsageError when the options of fine-tuning do not make sense together, or
// --fine_tune is used as the original's flag.
void check_fine_tune_option(const TrainSettings& settings);

// Puts the weights of --fine_tune into a new model, and says in the log whose names they have,
// which keys were not used, which tensors of the model are new, and why the classifier is.
// Throws core::UsageError when the weights belong to a network that computes something else with
// the same shapes (padding, slope), or under --strict; core::DataError as read_weights() and
// import_tensors().
void load_fine_tune_weights(const TrainSettings& settings, const models::Backbone& model);

}  // namespace train_backbone::commands
