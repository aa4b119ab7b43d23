#include "config/command_line.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cctype>
#include <string_view>
#include <utility>

#include "train_backbone/core/errors.h"
#include "train_backbone/core/format.h"
#include "train_backbone/core/suggest.h"

// CLI11 splits the arguments; declarations, values, origins and messages are this room's own.
namespace train_backbone::config {
namespace {

bool is_option(std::string_view argument) {
  if (argument.size() < 2 || argument[0] != '-') return false;
  const auto first = static_cast<unsigned char>(argument[1]);
  return argument.starts_with("--") || std::isalpha(first) != 0;
}

// CLI11 2.1 has no long names behind a single dash ("-lr"), and takes the next argument as the
// value of "--name=".
std::vector<std::string> normalised(const std::vector<std::string>& arguments) {
  std::vector<std::string> result;
  auto argument = arguments.begin();
  for (; argument != arguments.end() && *argument != "--"; ++argument) {
    const bool option = is_option(*argument);
    if (option && argument->find('=') == argument->size() - 1) {
      throw core::UsageError(
          core::format("{}: missing value", argument->substr(0, argument->size() - 1)));
    }
    const bool short_option = option && !argument->starts_with("--");
    result.push_back(short_option ? "-" + *argument : *argument);
  }
  result.insert(result.end(), argument, arguments.end());
  return result;
}

// "--batch_size,--batch-size,--b" or "path".
std::string option_names(const core::OptionInfo& info) {
  if (info.positional) return std::string(info.name);
  std::string names = core::format("--{}", info.name);
  std::string kebab(info.name);
  std::replace(kebab.begin(), kebab.end(), '_', '-');
  if (kebab != info.name) names += core::format(",--{}", kebab);
  const bool other_short_name = !info.short_name.empty() && info.short_name != info.name;
  if (other_short_name) names += core::format(",--{}", info.short_name);
  return names;
}

CLI::Option* add_option(CLI::App& app, const Setting& setting) {
  CLI::Option* option = app.add_option(option_names(setting.info()));
  // All values are kept so that a second one is seen. A value counts as optional because CLI11
  // would otherwise take the next option's name for it; the default marks one that is missing.
  option->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  option->expected(setting.info().positional ? 1 : 0, 1);
  option->default_str(setting.is_flag() ? "true" : "");
  return option;
}

// `argument` as the user wrote it.
[[noreturn]] void throw_unknown(const OptionTable& table, const std::string& argument) {
  const std::string name = argument.substr(0, argument.find('='));
  std::vector<std::string> known;
  for (const std::string& option : table.names()) {
    if (!table.find(option)->info().positional) known.push_back(core::format("--{}", option));
  }
  if (core::closest_names(name, known).empty()) {
    throw core::UsageError(core::format("unknown option '{}'; --help shows all options", name));
  }
  throw core::UsageError(core::unknown_name_message("option", name, known));
}

// `remaining`: what CLI11 found no place for, in normalised spelling.
void refuse_remaining(const OptionTable& table, const std::vector<std::string>& remaining,
                      const std::vector<std::string>& arguments) {
  bool positional_only = false;
  for (const std::string& argument : remaining) {
    if (argument == "--" && !std::exchange(positional_only, true)) continue;
    if (!positional_only && is_option(argument)) {
      const bool as_written =
          std::find(arguments.begin(), arguments.end(), argument) != arguments.end();
      throw_unknown(table, as_written ? argument : argument.substr(1));
    }
    throw core::UsageError(core::format("unexpected argument '{}'", argument));
  }
}

}  // namespace

std::vector<Assignment> parse_command_line(const OptionTable& table,
                                           const std::vector<std::string>& arguments) {
  CLI::App app;
  app.set_help_flag();
  app.allow_extras();
  std::vector<std::pair<const Setting*, CLI::Option*>> options;
  for (const OptionTable::Group& group : table.groups()) {
    for (const Setting& setting : group.settings) {
      options.emplace_back(&setting, add_option(app, setting));
    }
  }
  std::vector<std::string> reversed = normalised(arguments);  // the order CLI11 wants
  std::reverse(reversed.begin(), reversed.end());
  app.parse(std::move(reversed));
  refuse_remaining(table, app.remaining(), arguments);

  std::vector<Assignment> assignments;
  for (const auto& [setting, option] : options) {
    const std::vector<std::string>& values = option->results();
    const std::string label = setting->label(Source::kCommandLine);
    if (values.size() > 1) throw core::UsageError(core::format("{} is given twice", label));
    if (!values.empty()) {
      assignments.push_back({setting->name(), values.front(), Source::kCommandLine});
    }
  }
  return assignments;
}

}  // namespace train_backbone::config
