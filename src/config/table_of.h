#pragma once

#include "config/about_options.h"
#include "config/source_options.h"
#include "train_backbone/config/command.h"

namespace train_backbone::config {

// All options of a command: its own and, out of the other two, those of every command.
OptionTable table_of(Command& command, AboutOptions& about, SourceOptions& source);

}  // namespace train_backbone::config
