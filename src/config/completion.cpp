#include "config/completion.h"

#include <functional>
#include <vector>

#include "config/table_of.h"
#include "train_backbone/core/errors.h"
#include "train_backbone/core/format.h"

namespace train_backbone::config {
namespace {

enum class Kind { kFlag, kWords, kFolder, kFile, kOther };

// What there is to offer for a value.
const std::vector<std::string_view>& words_of(const Setting& setting) {
  const core::OptionInfo& info = setting.info();
  return info.choices.empty() ? info.suggestions : info.choices;
}

Kind kind_of(const Setting& setting) {
  const core::OptionInfo& info = setting.info();
  if (setting.is_flag()) return Kind::kFlag;
  if (!words_of(setting).empty()) return Kind::kWords;
  if (info.name.ends_with("_dir") || info.value_name == "DIR") return Kind::kFolder;
  const bool text = setting.placeholder() != "INTEGER" && setting.placeholder() != "NUMBER";
  return text ? Kind::kFile : Kind::kOther;
}

std::string joined_words(const Setting& setting) {
  std::string text;
  for (const std::string_view word : words_of(setting)) {
    if (!text.empty()) text += ' ';
    text += word;
  }
  return text;
}

void for_each_setting(Command& command, const std::function<void(const Setting&)>& visit) {
  AboutOptions about;
  SourceOptions source;
  const OptionTable table = table_of(command, about, source);
  for (const OptionTable::Group& group : table.groups()) {
    for (const Setting& setting : group.settings) visit(setting);
  }
}

std::string command_names(const CommandList& commands) {
  std::string names;
  for (const auto& command : commands) {
    names += core::format("{}{}", names.empty() ? "" : " ", command->name());
  }
  return names;
}

// For a script in single quotes.
std::string single_quoted(std::string_view text) {
  std::string result;
  for (const char c : text) {
    if (c == '\'') {
      result += "'\\''";
    } else {
      result += c;
    }
  }
  return result;
}

// "train:--batch_size" -> what follows it, as the body of a case.
std::string bash_value_cases(const CommandList& commands) {
  std::string cases;
  for (const auto& command : commands) {
    for_each_setting(*command, [&](const Setting& setting) {
      if (setting.info().positional) return;
      const std::string label = core::format("    {}:--{})", command->name(), setting.name());
      switch (kind_of(setting)) {
        case Kind::kWords:
          cases +=
              core::format("{} _train_backbone_words \"{}\" ;;\n", label, joined_words(setting));
          break;
        case Kind::kFolder:
          cases += core::format("{} _train_backbone_paths -d ;;\n", label);
          break;
        case Kind::kFile:
          cases += core::format("{} _train_backbone_paths -f ;;\n", label);
          break;
        case Kind::kOther:
          cases += core::format("{} ;;\n", label);
          break;
        case Kind::kFlag:
          break;
      }
    });
  }
  return cases;
}

std::string bash_option_cases(const CommandList& commands) {
  std::string cases;
  for (const auto& command : commands) {
    std::string names;
    std::string words;
    for_each_setting(*command, [&](const Setting& setting) {
      if (!setting.info().positional) {
        names += core::format("{}--{}", names.empty() ? "" : " ", setting.name());
      } else if (!words_of(setting).empty()) {
        words = joined_words(setting);
      }
    });
    cases +=
        core::format("    {}) options=\"{}\" words=\"{}\" ;;\n", command->name(), names, words);
  }
  return cases;
}

constexpr std::string_view kBash = R"(# Completion of train_backbone for bash:
#   source <(train_backbone completion bash)
_train_backbone_words() {{ COMPREPLY=($(compgen -W "$1" -- "$current")); }}
_train_backbone_paths() {{
  compopt -o filenames 2>/dev/null
  COMPREPLY=($(compgen "$1" -- "$current"))
}}
_train_backbone() {{
  local current=${{COMP_WORDS[COMP_CWORD]}} before=${{COMP_WORDS[COMP_CWORD-1]}}
  local command={0} options words word
  COMPREPLY=()
  for word in {1}; do [ "${{COMP_WORDS[1]}}" = "$word" ] && command=$word; done
  before=--$(printf %s "${{before#--}}" | tr - _)
  case "$command:$before" in
{2}    *)
      case "$command" in
{3}      esac
      if [[ $current == -* ]]; then
        _train_backbone_words "$options"
      elif [ "$COMP_CWORD" = 1 ]; then
        _train_backbone_words "{1}"
      elif [ -n "$words" ]; then
        _train_backbone_words "$words"
      else
        _train_backbone_paths -f
      fi ;;
  esac
}}
complete -F _train_backbone train_backbone
)";

std::string bash_script(const CommandList& commands) {
  return core::format(kBash, commands.front()->name(), command_names(commands),
                      bash_value_cases(commands), bash_option_cases(commands));
}

std::string zsh_action(const Setting& setting) {
  switch (kind_of(setting)) {
    case Kind::kFlag:
      return "";
    case Kind::kWords:
      return core::format(":{}:({})", setting.name(), joined_words(setting));
    case Kind::kFolder:
      return core::format(":{}:_files -/", setting.name());
    case Kind::kFile:
      return core::format(":{}:_files", setting.name());
    case Kind::kOther:
      return core::format(":{}:", setting.name());
  }
  return "";
}

// In the description of a specification [, ] and : have a meaning.
std::string zsh_help(std::string_view help) {
  std::string text;
  for (const char c : help) {
    if (c == '[' || c == ']' || c == ':' || c == '\\') text += '\\';
    text += c;
  }
  return single_quoted(text);
}

std::string zsh_script(const CommandList& commands) {
  std::string script =
      "#compdef train_backbone\n"
      "# Completion of train_backbone for zsh: source it behind compinit, or write it to a file\n"
      "# _train_backbone in a folder of $fpath.\n"
      "_train_backbone() {\n  local command=${words[2]}\n  local -a specs\n";
  std::string list;
  for (const auto& command : commands) {
    list += core::format(" '{}:{}'", command->name(), zsh_help(command->summary()));
  }
  script += core::format(
      "  local -a commands=({})\n  if (( CURRENT == 2 )) && [[ $words[2] != -* ]]; then\n"
      "    _describe command commands\n    return\n  fi\n  case $command in\n",
      list);
  for (size_t i = commands.size(); i-- > 0;) {  // the first one is meant without a word
    script += core::format("  {})\n    specs=(\n", i == 0 ? "*" : commands[i]->name());
    for_each_setting(*commands[i], [&](const Setting& setting) {
      const std::string help = zsh_help(setting.info().help);
      script += setting.info().positional ? core::format("      '*{}'\n", zsh_action(setting))
                                          : core::format("      '--{}[{}]{}'\n", setting.name(),
                                                         help, zsh_action(setting));
    });
    script += "    ) ;;\n";
  }
  return script +
         "  esac\n  [[ $words[2] == -* ]] || { shift words; (( CURRENT-- )); }\n"
         "  _arguments $specs\n}\n"
         // Autoloaded, this file is the function's first call; sourced, it only declares.
         "if [[ $funcstack[1] == _train_backbone ]]; then\n  _train_backbone \"$@\"\nelse\n"
         "  compdef _train_backbone train_backbone\nfi\n";
}

std::string fish_script(const CommandList& commands) {
  std::string script =
      "# Completion of train_backbone for fish:\n"
      "#   train_backbone completion fish > ~/.config/fish/completions/train_backbone.fish\n";
  const std::string names = command_names(commands);
  for (const auto& command : commands) {
    script += core::format(
        "complete -c train_backbone -n 'not __fish_seen_subcommand_from {}' -f -a {} -d '{}'\n",
        names, command->name(), single_quoted(command->summary()));
  }
  for (const auto& command : commands) {
    const bool meant_without = command == commands.front();
    const std::string when = meant_without
                                 ? core::format(
                                       "__fish_seen_subcommand_from {0}; or not "
                                       "__fish_seen_subcommand_from {1}",
                                       command->name(), names)
                                 : core::format("__fish_seen_subcommand_from {}", command->name());
    for_each_setting(*command, [&](const Setting& setting) {
      const core::OptionInfo& info = setting.info();
      std::string line = core::format("complete -c train_backbone -n '{}'", when);
      if (info.positional && words_of(setting).empty()) return;
      if (!info.positional) line += core::format(" -l {}", setting.name());
      const Kind kind = kind_of(setting);
      if (kind == Kind::kWords) line += core::format(" -x -a '{}'", joined_words(setting));
      if (kind == Kind::kFolder) line += " -x -a '(__fish_complete_directories)'";
      if (kind == Kind::kFile) line += " -r -F";
      if (kind == Kind::kOther) line += " -x";
      script += core::format("{} -d '{}'\n", line, single_quoted(info.help));
    });
  }
  return script;
}

}  // namespace

std::string completion_script(const CommandList& commands, std::string_view shell) {
  if (shell == "zsh") return zsh_script(commands);
  return shell == "fish" ? fish_script(commands) : bash_script(commands);
}

}  // namespace train_backbone::config
