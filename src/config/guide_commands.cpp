#include "train_backbone/config/guide_commands.h"

#include <iostream>

#include "config/completion.h"
#include "config/guide.h"

namespace train_backbone::config {

void CompletionOptions::visit_options(core::OptionVisitor& visitor) {
  visitor.option(shell, {.name = "shell",
                         .help = "whose script",
                         .choices = {"bash", "zsh", "fish"},
                         .positional = true,
                         .required = true});
}

std::vector<OptionGroup> CompletionCommand::option_groups() {
  return {{.title = "Shell", .options = &options_}};
}

int CompletionCommand::run(const ResolvedConfig& /*resolved*/) {
  std::cout << completion_script(*commands_, options_.shell) << std::flush;
  return 0;
}

void GuideOptions::visit_options(core::OptionVisitor& visitor) {
  visitor.option(format, {.name = "format",
                          .help = "of the text",
                          .choices = {"markdown", "man"},
                          .positional = true,
                          .required = true});
}

std::vector<OptionGroup> GuideCommand::option_groups() {
  return {{.title = "Format", .options = &options_}};
}

int GuideCommand::run(const ResolvedConfig& /*resolved*/) {
  std::cout << (options_.format == "man" ? man_page(*commands_) : markdown_guide(*commands_))
            << std::flush;
  return 0;
}

}  // namespace train_backbone::config
