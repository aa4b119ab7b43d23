#pragma once

#include <string_view>
#include <vector>

#include "commands/export_weights.h"
#include "commands/log_options.h"
#include "train_backbone/config/command.h"

namespace train_backbone::commands {

// Weights -> a file for another program. Wires the options to run_export().
class ExportCommand : public config::Command {
 public:
  [[nodiscard]] std::string_view name() const override { return "export"; }
  [[nodiscard]] std::string_view summary() const override {
    return "write weights for timm, torchvision, mmdet, mmpretrain, detectron2, darknet or Keras";
  }
  std::vector<config::OptionGroup> option_groups() override;
  [[nodiscard]] core::LogLevel log_level() const override {
    return lowest_level(output_.log_level, output_.quiet);
  }
  int run(const config::ResolvedConfig& resolved) override;

 private:
  ExportOptions options_;
  OutputOptions output_;
};

}  // namespace train_backbone::commands
