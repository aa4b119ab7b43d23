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
  std::string path;     // shard, folder of shards or of a run, weight file or checkpoint
  std::string diff;     // weight file or checkpoint to compare with
  int64_t records = 5;  // so many are described

  void visit_options(core::OptionVisitor& visitor) override;
};

// What shards, runs, weight files and checkpoints contain, whether they are whole, and how weights
// differ.
class InspectCommand : public config::Command {
 public:
  [[nodiscard]] std::string_view name() const override { return "inspect"; }
  [[nodiscard]] std::string_view summary() const override {
    return "show what shards, a run, weights or a checkpoint contain, and whether they are whole";
  }
  std::vector<config::OptionGroup> option_groups() override;
  [[nodiscard]] core::LogLevel log_level() const override {
    return lowest_level(log_.log_level, false);
  }
  // As inspect_shards(), inspect_run(), inspect_weights() or inspect_difference(), by what `path`
  // is.
  int run(const config::ResolvedConfig& resolved) override;

 private:
  InspectOptions options_;
  LogOptions log_;
};

}  // namespace train_backbone::commands
