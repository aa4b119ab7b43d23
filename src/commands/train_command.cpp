#include "commands/train_command.h"

#include "commands/log_options.h"
#include "commands/run_config.h"
#include "commands/train.h"
#include "train_backbone/models/registry.h"

namespace train_backbone::commands {

std::vector<config::OptionGroup> TrainCommand::option_groups() {
  return {{.title = "Data", .options = &settings_.data},
          {.title = "Model", .options = &settings_.model},
          {.title = "Optimizer and schedule", .options = &settings_.optim},
          {.title = "Run", .options = &settings_.train},
          {.title = "Device", .options = &settings_.device},
          {.title = "Ranks", .options = &settings_.comm}};
}

void TrainCommand::complete_options() {
  settings_.data.damage.check();
  std::string& model = settings_.model.model;
  if (!model.empty()) {
    model = models::canonical_model_name(model);
    // So that --print_config and run.toml tell what the run takes.
    settings_.data.train_image_size = training_image_size(settings_);
    settings_.data.eval_image_size = evaluation_image_size(settings_);
  }
  static_cast<void>(settings_.optim.torch_weight_decay());  // refuses both spellings at once
}

core::LogLevel TrainCommand::log_level() const {
  return lowest_level(settings_.train.log_level, settings_.train.quiet);
}

int TrainCommand::run(const config::ResolvedConfig& resolved) {
  return run_train(settings_, {.toml = resolved.toml, .values = resolved.values});
}

}  // namespace train_backbone::commands
