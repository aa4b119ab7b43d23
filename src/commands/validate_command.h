#pragma once

#include <string_view>
#include <vector>

#include "commands/log_options.h"
#include "commands/validate.h"
#include "train_backbone/config/command.h"
#include "train_backbone/ops/options.h"

namespace train_backbone::commands {

// Weights + shards -> accuracy. Wires the options to run_validate().
class ValidateCommand : public config::Command {
 public:
  [[nodiscard]] std::string_view name() const override { return "validate"; }
  [[nodiscard]] std::string_view summary() const override {
    return "exact top-1 and top-5 of weights or a checkpoint over every record";
  }
  std::vector<config::OptionGroup> option_groups() override;
  // The model's name becomes canonical.
  void complete_options() override;
  [[nodiscard]] core::LogLevel log_level() const override;
  int run(const config::ResolvedConfig& resolved) override;

 private:
  ValidateOptions options_;
  ops::DeviceOptions device_;
  LogOptions log_;
};

}  // namespace train_backbone::commands
