#include "train_backbone/config/program.h"

#include <unistd.h>

#include <algorithm>
#include <iostream>

#include "config/gather.h"
#include "config/help.h"
#include "config/table_of.h"
#include "train_backbone/core/errors.h"
#include "train_backbone/core/format.h"
#include "train_backbone/core/suggest.h"
#include "train_backbone/core/version.h"

namespace train_backbone::config {
namespace {

// --help and --version are answered whatever else the line says.
bool asks_for(const Arguments& arguments, std::string_view long_name, std::string_view short_name) {
  const auto end = std::find(arguments.begin(), arguments.end(), "--");
  return std::any_of(arguments.begin(), end, [&](const std::string& argument) {
    return argument == long_name || argument == short_name;
  });
}

Command& choose_command(const CommandList& commands, const Arguments& arguments) {
  if (arguments.empty() || arguments.front().starts_with('-')) return *commands.front();
  std::vector<std::string> names;
  for (const auto& command : commands) {
    if (command->name() == arguments.front()) return *command;
    names.emplace_back(command->name());
  }
  throw core::UsageError(core::unknown_name_message("command", arguments.front(), names));
}

int run_command(Command& command, const CommandList& commands, const Arguments& arguments,
                const std::vector<std::string>& environment) {
  AboutOptions about;
  SourceOptions source;
  const OptionTable table = table_of(command, about, source);
  if (asks_for(arguments, "--help", "-h")) {
    std::cout << command_help(command, table, &command == commands.front().get()) << std::flush;
    return 0;
  }
  gather_values({.command = command, .table = table, .source = source, .commands = commands},
                arguments, environment);
  if (!about.print_config) table.check_required();
  command.complete_options();
  const ResolvedConfig resolved =
      table.resolved(core::format("train_backbone {} {}", core::program_version(), command.name()));
  if (about.print_config) {
    std::cout << resolved.toml << std::flush;
    return 0;
  }
  core::configure_log(command.log_level());
  command.look_at(commands);
  return command.run(resolved);
}

}  // namespace

int run_program(const CommandList& commands, const Arguments& arguments,
                const std::vector<std::string>& environment) {
  if (asks_for(arguments, "--version", "-V")) {
    std::cout << "train_backbone " << core::program_version() << std::endl;
    return 0;
  }
  const bool has_word = !arguments.empty() && !arguments.front().starts_with('-');
  if (!has_word && asks_for({arguments.begin(), arguments.begin() + (arguments.empty() ? 0 : 1)},
                            "--help", "-h")) {
    std::cout << program_help(commands) << std::flush;
    return 0;
  }
  Command& command = choose_command(commands, arguments);
  return run_command(command, commands, {arguments.begin() + (has_word ? 1 : 0), arguments.end()},
                     environment);
}

std::vector<std::string> process_environment() {
  std::vector<std::string> entries;
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    entries.emplace_back(*entry);
  }
  return entries;
}

}  // namespace train_backbone::config
