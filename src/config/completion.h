#pragma once

#include <string>
#include <string_view>

#include "train_backbone/config/program.h"

namespace train_backbone::config {

// A script that teaches "bash", "zsh" or "fish" to complete commands, options, choices,
// suggestions and paths of train_backbone. Derived from the declarations alone.
std::string completion_script(const CommandList& commands, std::string_view shell);

}  // namespace train_backbone::config
