#pragma once

#include <string_view>
#include <vector>

#include "commands/settings.h"
#include "train_backbone/config/command.h"

namespace train_backbone::commands {

// Shards -> trained weights. Wires the options to run_train().
class TrainCommand : public config::Command {
 public:
  [[nodiscard]] std::string_view name() const override { return "train"; }
  [[nodiscard]] std::string_view summary() const override {
    return "train a backbone on TFRecord shards";
  }
  std::vector<config::OptionGroup> option_groups() override;
  [[nodiscard]] std::vector<config::Preset> presets() const override;
  [[nodiscard]] std::vector<config::Assignment> preset_values(
      std::string_view preset) const override;
  // Of a SageMaker job, where the program runs in one; from then on errors go to its failure file,
  // too.
  std::vector<config::Assignment> job_values() override;
  // Model names become canonical.
  void complete_options() override;
  [[nodiscard]] core::LogLevel log_level() const override;
  int run(const config::ResolvedConfig& resolved) override;

 private:
  TrainSettings settings_;
};

}  // namespace train_backbone::commands
