#include "config/help.h"

#include "train_backbone/core/format.h"
#include "train_backbone/core/version.h"

namespace train_backbone::config {
namespace {

constexpr size_t kLineWidth = 100;
constexpr size_t kHelpColumn = 38;

// `text` in lines that end before kLineWidth, all but the first indented by kHelpColumn.
std::string wrapped(std::string_view text) {
  std::string result;
  size_t column = kHelpColumn;
  while (!text.empty()) {
    const size_t space = text.find(' ');
    const std::string_view word = text.substr(0, space);
    text.remove_prefix(space == std::string_view::npos ? text.size() : space + 1);
    const bool line_start = column == kHelpColumn;
    if (!line_start && column + 1 + word.size() > kLineWidth) {
      result += '\n' + std::string(kHelpColumn, ' ');
      column = kHelpColumn;
    } else if (!line_start) {
      result += ' ';
      ++column;
    }
    result += word;
    column += word.size();
  }
  return result;
}

std::string joined(const std::vector<std::string_view>& words) {
  std::string text;
  for (const std::string_view word : words) {
    text += core::format("{}{}", text.empty() ? "" : ", ", word);
  }
  return text;
}

std::string option_help(const Setting& setting) {
  const core::OptionInfo& info = setting.info();
  std::string left = "  " + setting.label(Source::kCommandLine);
  if (!info.short_name.empty()) left = core::format("  -{}, --{}", info.short_name, info.name);
  if (!info.positional && !setting.is_flag()) left += core::format(" {}", setting.placeholder());
  const std::string gap = left.size() + 2 > kHelpColumn
                              ? '\n' + std::string(kHelpColumn, ' ')
                              : std::string(kHelpColumn - left.size(), ' ');
  return left + gap + wrapped(std::string(info.help) + option_facts(setting)) + '\n';
}

std::string usage(const Command& command, const OptionTable& table, bool optional_word) {
  std::string text = core::format("Usage: train_backbone {}{}{}", optional_word ? "[" : "",
                                  command.name(), optional_word ? "]" : "");
  for (const OptionTable::Group& group : table.groups()) {
    for (const Setting& setting : group.settings) {
      if (!setting.info().required) continue;
      text += ' ' + setting.label(Source::kCommandLine);
      if (!setting.info().positional) text += core::format(" {}", setting.placeholder());
    }
  }
  return text + " [OPTIONS]\n";
}

std::string exit_code_table() {
  std::string text = "\nExit codes\n";
  for (const auto& [code, meaning] : exit_codes())
    text += core::format("  {:<6} {}\n", code, meaning);
  return text;
}

}  // namespace

std::string option_facts(const Setting& setting) {
  const core::OptionInfo& info = setting.info();
  std::string text;
  const auto add = [&](const std::string& fact) {
    if (!fact.empty()) text += core::format("{}{}", text.empty() ? "" : "; ", fact);
  };
  if (info.required) add("required");
  if (!info.choices.empty()) add("one of " + joined(info.choices));
  add(std::string(info.unit));
  add(info.bound.text());
  const bool off = setting.is_flag() && setting.text() == "false";
  if (setting.has_value() && !info.required && !off) add("default " + setting.text());
  return text.empty() ? "" : core::format(" [{}]", text);
}

const std::vector<std::pair<std::string_view, std::string_view>>& exit_codes() {
  static const std::vector<std::pair<std::string_view, std::string_view>> codes{
      {"0", "done"},
      {"1", "internal error"},
      {"2", "bad usage or configuration"},
      {"3", "bad or missing data"},
      {"4", "device or communication failure"},
      {"5", "training diverged"},
      {"128+n", "stopped by signal n after saving"}};
  return codes;
}

std::string program_help(const CommandList& commands) {
  std::string text = core::format(
      "train_backbone {}: from a folder of pictures to a trained detection backbone\n\n"
      "Usage: train_backbone COMMAND [OPTIONS]\n\nCommands\n",
      core::program_version());
  for (const auto& command : commands) {
    text += core::format("  {:<10} {}\n", command->name(), command->summary());
  }
  text += core::format(
      "\nWithout a command's name '{}' is meant.\n"
      "'train_backbone COMMAND --help' shows a command's options, --version the version.\n",
      commands.front()->name());
  return text + exit_code_table();
}

std::string command_help(const Command& command, const OptionTable& table, bool optional_word) {
  std::string text = core::format("{}: {}\n\n", command.name(), command.summary());
  text += usage(command, table, optional_word);
  for (const OptionTable::Group& group : table.groups()) {
    if (group.settings.empty()) continue;
    text += core::format("\n{}\n", group.title);
    for (const Setting& setting : group.settings) text += option_help(setting);
  }
  text +=
      "\nAn option may also be written --like-this and --like_this=VALUE. One without a value in "
      "this\n"
      "list is off; alone it means true, and true, false, yes, no, 1 and 0 may follow it. The\n"
      "environment variable TRAIN_BACKBONE_LIKE_THIS sets --like_this, and so does like_this = "
      "VALUE in "
      "the\n"
      "file of --config. Of two sources the later one wins (job, hyperparameters: a SageMaker "
      "job's):\n";
  return text + precedence() + '\n';
}

}  // namespace train_backbone::config
