#pragma once

#include <string>
#include <vector>

#include "train_backbone/config/option_table.h"

namespace train_backbone::config {

// The values that `arguments` (behind the command's name) give to the options of `table`:
// "--batch_size 64", "--batch_size=64", "--batch-size 64", "-b 64"; a flag alone or with a value
// that says true or false; a positional value alone.
// Throws core::UsageError: unknown option (named with the nearest ones), an option given twice,
// a missing value, an argument too many.
std::vector<Assignment> parse_command_line(const OptionTable& table,
                                           const std::vector<std::string>& arguments);

}  // namespace train_backbone::config
