#pragma once

#include <string>
#include <vector>

#include "train_backbone/config/command.h"

namespace train_backbone::config {

using Arguments = std::vector<std::string>;

// Chooses the command that `arguments` (without the program's name) ask for, the first of
// `commands` when they begin with an option; fills its options from defaults, a preset, a
// file, `environment` (entries "NAME=VALUE"), the job it runs in and the arguments; answers --help,
// --version and --print_config on standard output, or runs the command.
// Returns the exit code. Throws core::UsageError for whatever is wrong with arguments and
// environment, and what the command throws.
int run_program(const CommandList& commands, const Arguments& arguments,
                const std::vector<std::string>& environment);

// The entries of the process's environment.
std::vector<std::string> process_environment();

}  // namespace train_backbone::config
