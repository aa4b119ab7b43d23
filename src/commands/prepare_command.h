#pragma once

#include <string_view>
#include <vector>

#include "commands/log_options.h"
#include "train_backbone/config/command.h"
#include "train_backbone/data/prepare/options.h"

namespace train_backbone::commands {

// Pictures -> TFRecord shards.
class PrepareCommand : public config::Command {
 public:
  [[nodiscard]] std::string_view name() const override { return "prepare"; }
  [[nodiscard]] std::string_view summary() const override {
    return "convert class folders, ImageNet's tars, flat folders or IDX files to TFRecord shards";
  }
  std::vector<config::OptionGroup> option_groups() override;
  [[nodiscard]] core::LogLevel log_level() const override {
    return lowest_level(output_.log_level, output_.quiet);
  }
  // Last line of output: images, shards, skipped, converted, images_per_second, output and
  // with --validation_share validation_images, which are among the images.
  int run(const config::ResolvedConfig& resolved) override;

 private:
  data::PrepareOptions options_;
  OutputOptions output_;
};

}  // namespace train_backbone::commands
