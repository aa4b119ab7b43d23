#include "commands/train_command.h"

#include <iostream>
#include <utility>

#include "commands/log_options.h"
#include "commands/run_config.h"
#include "commands/sagemaker_job.h"
#include "commands/train.h"
#include "train_backbone/core/errors.h"
#include "train_backbone/core/log.h"
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

std::vector<config::Preset> TrainCommand::presets() const {
  return {
      {.name = "original", .summary = "the recipe of aws-samples' train_backbone.py"},
      {.name = "detection",
       .summary = "the same with mixup off below 200 epochs, as GluonCV's backbones are trained"}};
}

// The reasons and the published figures stand in docs/recipes.md.
std::vector<config::Assignment> TrainCommand::preset_values(std::string_view preset) const {
  if (preset != "detection") return {};
  constexpr double kLongRun = 200;  // epochs
  const char* alpha = settings_.optim.num_epochs < kLongRun ? "0" : "0.2";
  return {{.name = "mixup_alpha", .text = alpha, .source = config::Source::kPreset}};
}

std::vector<config::Assignment> TrainCommand::job_values() {
  const std::string& directory = settings_.comm.sagemaker_dir;
  if (!is_sagemaker_job(directory)) return {};
  core::copy_errors_to(failure_file(directory));
  std::vector<config::Assignment> values;
  for (auto& [name, text] : sagemaker_defaults(directory)) {
    values.push_back({std::move(name), std::move(text), config::Source::kJob});
  }
  for (auto& [name, text] : sagemaker_hyperparameters(directory)) {
    values.push_back({std::move(name), std::move(text), config::Source::kHyperparameters});
  }
  set_sagemaker_network(directory);
  return values;
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
  if (settings_.train.print_metric_definitions) {
    std::cout << sagemaker_metric_definitions() << std::endl;
    return static_cast<int>(core::ExitCode::kDone);
  }
  return run_train(settings_, {.toml = resolved.toml, .values = resolved.values});
}

}  // namespace train_backbone::commands
