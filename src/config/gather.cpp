#include "config/gather.h"

#include <algorithm>

#include "config/command_line.h"
#include "config/config_file.h"
#include "config/environment.h"
#include "train_backbone/core/errors.h"
#include "train_backbone/core/format.h"
#include "train_backbone/core/suggest.h"

namespace train_backbone::config {
namespace {

using Names = std::vector<std::string>;

bool holds(const Names& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

// Options that a file, the environment or a job may set.
Names settable_names(const OptionTable& table) {
  Names names;
  for (const OptionTable::Group& group : table.groups()) {
    for (const Setting& setting : group.settings) {
      if (!group.about_program && !setting.info().positional) names.push_back(setting.name());
    }
  }
  return names;
}

Names names_of_other_commands(const Gathering& gathering) {
  Names names;
  for (const auto& command : gathering.commands) {
    if (command.get() == &gathering.command) continue;
    for (const std::string& name : settable_names(OptionTable(command->option_groups()))) {
      names.push_back(name);
    }
  }
  return names;
}

void check_section(const Gathering& gathering, const std::string& section) {
  Names names;
  for (const auto& command : gathering.commands) names.emplace_back(command->name());
  if (section.empty() || holds(names, section)) return;
  throw core::UsageError(core::unknown_name_message("command", section, names));
}

void assign_file_value(const Gathering& gathering, const FileValue& value, const Names& own,
                       const Names& others) {
  check_section(gathering, value.section);
  if (!value.section.empty() && value.section != gathering.command.name()) return;
  if (value.name == "config") return;  // of the run that wrote this file
  if (holds(own, value.name)) {
    gathering.table.assign({{value.name, value.text, Source::kFile}});
  } else if (!value.section.empty() || !holds(others, value.name)) {
    throw core::UsageError(core::unknown_name_message("option", value.name, own));
  }
}

void assign_file(const Gathering& gathering) {
  const std::string& path = gathering.source.config;
  if (path.empty()) return;
  const Names own = settable_names(gathering.table);
  const Names others = names_of_other_commands(gathering);
  for (const FileValue& value : read_config_file(path)) {
    try {
      assign_file_value(gathering, value, own, others);
    } catch (const core::UsageError& error) {
      throw core::UsageError(core::format("{}:{}: {}", path, value.line, error.what()));
    }
  }
}

void assign_job(const Gathering& gathering) {
  const Names own = settable_names(gathering.table);
  for (Assignment value : gathering.command.job_values()) {
    const Setting* setting = gathering.table.find(value.name);
    if (setting == nullptr || !holds(own, setting->name())) {
      throw core::UsageError(core::unknown_name_message("hyperparameter", value.name, own));
    }
    value.name = setting->name();
    gathering.table.assign({value});
  }
}

}  // namespace

void gather_values(const Gathering& gathering, const Arguments& arguments,
                   const std::vector<std::string>& environment) {
  const OptionTable& table = gathering.table;
  table.assign(parse_environment(table, names_of_other_commands(gathering), environment));
  table.assign(parse_command_line(table, arguments));
  assign_job(gathering);
  assign_file(gathering);
  if (!gathering.source.preset.empty()) {
    table.assign(gathering.command.preset_values(gathering.source.preset));
  }
}

}  // namespace train_backbone::config
