#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "train_backbone/models/backbone.h"

namespace train_backbone::models {

// What of a network is not to learn.
struct FreezeChoice {
  std::vector<std::string> names;  // parts ("stem", "layer1") or modules ("layer2.0")
  bool batch_norm = false;         // all batch normalisation
};

// "stem, layer1" -> {"layer1", "stem"}: sorted, each once, without blanks.
std::vector<std::string> parse_freeze(std::string_view text);

// Freezes what was chosen: its parameters require no gradient any more, and its batch normalisation
// computes as in evaluation, whatever mode the network is in.
// Throws core::UsageError for a name that the network does not have (listing its parts), and when
// nothing would be left to learn.
void freeze(Backbone& network, const FreezeChoice& choice);

}  // namespace train_backbone::models
