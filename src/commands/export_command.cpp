#include "commands/export_command.h"

namespace train_backbone::commands {

std::vector<config::OptionGroup> ExportCommand::option_groups() {
  return {{.title = "Weights", .options = &options_}, {.title = "Output", .options = &output_}};
}

int ExportCommand::run(const config::ResolvedConfig& /*resolved*/) {
  return run_export(options_, output_.quiet);
}

}  // namespace train_backbone::commands
