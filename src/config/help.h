#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "train_backbone/config/command.h"
#include "train_backbone/config/option_table.h"
#include "train_backbone/config/program.h"

// Texts of --help, made from the declarations. Call before values are assigned: the fields' values
// are shown as the defaults.
namespace train_backbone::config {

// What a declaration says besides its help: " [required; >= 1; images per rank; default 128]", as
// far as it applies.
std::string option_facts(const Setting& setting);

// Code and meaning.
const std::vector<std::pair<std::string_view, std::string_view>>& exit_codes();

// The list of commands and the exit codes.
std::string program_help(const CommandList& commands);

// One command: usage and its options by group, each with help, default, bound, unit and choices.
// `optional_word`: the command runs also without its name.
std::string command_help(const Command& command, const OptionTable& table, bool optional_word);

}  // namespace train_backbone::config
