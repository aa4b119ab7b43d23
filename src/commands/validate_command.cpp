#include "commands/validate_command.h"

#include "train_backbone/models/registry.h"

namespace train_backbone::commands {

std::vector<config::OptionGroup> ValidateCommand::option_groups() {
  return {{.title = "Weights and data", .options = &options_},
          {.title = "Device", .options = &device_},
          {.title = "Output", .options = &log_}};
}

void ValidateCommand::complete_options() {
  options_.damage.check();
  if (!options_.model.empty()) options_.model = models::canonical_model_name(options_.model);
}

core::LogLevel ValidateCommand::log_level() const {
  return lowest_level(log_.log_level, options_.quiet);
}

int ValidateCommand::run(const config::ResolvedConfig& /*resolved*/) {
  return run_validate(options_, device_);
}

}  // namespace train_backbone::commands
