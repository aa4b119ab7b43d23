#include "config/guide.h"

#include <algorithm>

#include "config/help.h"
#include "config/table_of.h"
#include "train_backbone/core/format.h"
#include "train_backbone/core/version.h"

namespace train_backbone::config {
namespace {

std::string names_of(const Setting& setting) {
  const core::OptionInfo& info = setting.info();
  std::string text = setting.label(Source::kCommandLine);
  if (!info.short_name.empty()) text = core::format("-{}, {}", info.short_name, text);
  return text;
}

// For a cell of a table.
std::string cell(std::string_view text) {
  std::string result;
  for (const char c : text) {
    if (c == '|') result += '\\';
    if (c == '<') {
      result += "&lt;";
    } else {
      result += c;
    }
  }
  return result;
}

std::string default_of(const Setting& setting) {
  if (setting.info().required) return "required";
  return setting.has_value() ? core::format("`{}`", setting.text()) : "";
}

std::string markdown_row(const Setting& setting) {
  const core::OptionInfo& info = setting.info();
  std::string limits;
  const auto add = [&](const std::string& fact) {
    if (!fact.empty()) limits += core::format("{}{}", limits.empty() ? "" : "; ", fact);
  };
  for (const std::string_view choice : info.choices) {
    limits += core::format("{}`{}`", limits.empty() ? "" : ", ", choice);
  }
  add(std::string(info.unit));
  add(info.bound.text());
  return core::format("| `{}` | {} | {}{} |\n", names_of(setting), cell(default_of(setting)),
                      cell(info.help), limits.empty() ? "" : cell(core::format(" ({})", limits)));
}

std::string markdown_command(Command& command) {
  AboutOptions about;
  SourceOptions source;
  const OptionTable table = table_of(command, about, source);
  std::string text = core::format("\n## {}\n\n{}\n", command.name(), command.summary());
  for (const OptionTable::Group& group : table.groups()) {
    if (group.settings.empty() || group.about_program) continue;
    text += core::format("\n| {} | default | |\n|---|---|---|\n", group.title);
    for (const Setting& setting : group.settings) text += markdown_row(setting);
  }
  for (const Preset& preset : command.presets()) {
    text +=
        core::format("{}- `--preset {}`: {}\n", preset.name == source.presets.front() ? "\n" : "",
                     preset.name, preset.summary);
  }
  return text;
}

// troff's own characters.
std::string roff(std::string_view text) {
  std::string result;
  for (const char c : text) {
    if (c == '\\') {
      result += "\\e";
    } else if (c == '-') {
      result += "\\-";
    } else if ((c == '.' || c == '\'') && result.empty()) {
      result += core::format("\\&{}", c);
    } else {
      result += c;
    }
  }
  return result;
}

std::string roff_command(Command& command) {
  AboutOptions about;
  SourceOptions source;
  const OptionTable table = table_of(command, about, source);
  std::string text = core::format(".SS {}\n{}.\n", command.name(), roff(command.summary()));
  for (const OptionTable::Group& group : table.groups()) {
    if (group.about_program) continue;
    for (const Setting& setting : group.settings) {
      text += core::format(".TP\n.BR \"{}\" \" {}\"\n{}{}\n", roff(names_of(setting)),
                           roff(setting.placeholder()), roff(setting.info().help),
                           roff(option_facts(setting)));
    }
  }
  return text;
}

}  // namespace

std::string markdown_guide(const CommandList& commands) {
  std::string text = core::format(
      "# Options\n\n"
      "Made by `train_backbone guide markdown` out of the program's declarations; do not edit.\n\n"
      "Every option may also be written `--like-this` and `--like_this=VALUE`, be set by the "
      "environment\nvariable `TRAIN_BACKBONE_LIKE_THIS`, and stand as `like_this = VALUE` in the "
      "file "
      "of `--config`.\nOf two sources the later one wins (job, hyperparameters: a SageMaker "
      "job's):\n"
      "{};\n`--print_config` shows each value and where it came from.\n",
      precedence());
  for (const auto& command : commands) text += markdown_command(*command);
  return text;
}

std::string man_page(const CommandList& commands) {
  std::string text = core::format(
      ".TH TRAIN_BACKBONE 1 \"\" \"train_backbone {}\" \"User Commands\"\n"
      ".SH NAME\ntrain_backbone \\- from a folder of pictures to a trained detection backbone\n"
      ".SH SYNOPSIS\n.B train_backbone\n.I COMMAND\n.RI [ OPTIONS ]\n"
      ".SH DESCRIPTION\nWithout a command's name {} is meant. An option may also be written "
      "\\-\\-like\\-this and \\-\\-like_this=VALUE; the environment variable "
      "TRAIN_BACKBONE_LIKE_THIS and a line of the file of \\-\\-config set it, too. Of two sources "
      "the later one wins (job, hyperparameters: a SageMaker job's): {}.\n"
      ".SH COMMANDS\n",
      core::program_version(), commands.front()->name(), precedence());
  for (const auto& command : commands) text += roff_command(*command);
  text += ".SH EXIT STATUS\n";
  for (const auto& [code, meaning] : exit_codes()) {
    text += core::format(".TP\n.B {}\n{}\n", code, roff(meaning));
  }
  return text;
}

}  // namespace train_backbone::config
