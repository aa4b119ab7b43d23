#pragma once

#include <string>

#include "train_backbone/config/program.h"

namespace train_backbone::config {

// Every option of every command, as the declarations have them.
std::string markdown_guide(const CommandList& commands);
std::string man_page(const CommandList& commands);

}  // namespace train_backbone::config
