#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "commands/log_options.h"
#include "train_backbone/config/command.h"
#include "train_backbone/core/options.h"

namespace train_backbone::commands {

struct ModelsOptions : core::Options {
  int64_t num_classes = 1000;
  std::optional<int64_t> image_size;  // not given: what each model is meant for
  std::string compat = "none";        // none | aws
  bool features = false;

  void visit_options(core::OptionVisitor& visitor) override;
};

// The registry as a table.
class ModelsCommand : public config::Command {
 public:
  [[nodiscard]] std::string_view name() const override { return "models"; }
  [[nodiscard]] std::string_view summary() const override {
    return "list the models: name, parameters, GMACs, input size";
  }
  std::vector<config::OptionGroup> option_groups() override;
  [[nodiscard]] core::LogLevel log_level() const override {
    return lowest_level(log_.log_level, false);
  }
  // Last line of output: models (their number), num_classes.
  int run(const config::ResolvedConfig& resolved) override;

 private:
  ModelsOptions options_;
  LogOptions log_;
};

}  // namespace train_backbone::commands
