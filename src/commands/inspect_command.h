#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "commands/log_options.h"
#include "train_backbone/config/command.h"
#include "train_backbone/core/options.h"

namespace train_backbone::commands {

struct InspectOptions : core::Options {
  std::string path;     // a shard or a folder of shards
  int64_t records = 5;  // so many are described

  void visit_options(core::OptionVisitor& visitor) override;
};

// What shards contain, and whether they are whole.
class InspectCommand : public config::Command {
 public:
  [[nodiscard]] std::string_view name() const override { return "inspect"; }
  [[nodiscard]] std::string_view summary() const override {
    return "show what a shard or a folder of shards contains, and whether it is whole";
  }
  std::vector<config::OptionGroup> option_groups() override;
  [[nodiscard]] core::LogLevel log_level() const override {
    return lowest_level(log_.log_level, false);
  }
  // Last line of output: path, shards, records, bytes, lowest_label, highest_label, damaged, whole.
  // Names every damaged place on standard error; the exit code is kData when there is one.
  int run(const config::ResolvedConfig& resolved) override;

 private:
  InspectOptions options_;
  LogOptions log_;
};

}  // namespace train_backbone::commands
