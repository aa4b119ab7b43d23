#pragma once

#include <string>
#include <vector>

#include "train_backbone/config/option_table.h"

namespace train_backbone::config {

// The values that the variables TRAIN_BACKBONE_<NAME> among `environment` (entries "NAME=VALUE")
// give to the options of `table`. Variables of `other_names` (options of other commands) and those
// that begin with TRAIN_BACKBONE_CACHE (the scripts' own) are left alone. Positional values and
// options about the program are never taken from here.
// Throws core::UsageError for any other TRAIN_BACKBONE_* variable, naming the nearest known one.
std::vector<Assignment> parse_environment(const OptionTable& table,
                                          const std::vector<std::string>& other_names,
                                          const std::vector<std::string>& environment);

}  // namespace train_backbone::config
