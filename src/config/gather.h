#pragma once

#include <string>
#include <vector>

#include "config/source_options.h"
#include "train_backbone/config/program.h"

namespace train_backbone::config {

// What gather_values() works with; all borrowed.
struct Gathering {
  Command& command;
  const OptionTable& table;  // table_of(command, ..., source)
  const SourceOptions& source;
  const CommandList& commands;
};

// Fills the options of a command from all sources: environment (entries "NAME=VALUE"), arguments
// (behind the command's name), the job it runs in, the file of --config and the preset. Which of
// several values counts is a matter of Source alone.
// A file may hold options of several commands, below headings "[train]" or above any; what belongs
// to others is left alone. Throws core::UsageError naming source and nearest known name.
void gather_values(const Gathering& gathering, const Arguments& arguments,
                   const std::vector<std::string>& environment);

}  // namespace train_backbone::config
