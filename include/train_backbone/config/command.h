#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "train_backbone/config/option_table.h"
#include "train_backbone/core/log.h"

namespace train_backbone::config {

class Command;
using CommandList = std::vector<std::unique_ptr<Command>>;

// A set of values to begin with.
struct Preset {
  std::string_view name;
  std::string_view summary;  // one line for the guide
};

// One sub-command: owns the options structs that it needs and does the work once they are filled.
class Command {
 public:
  virtual ~Command() = default;

  [[nodiscard]] virtual std::string_view name() const = 0;     // "train"
  [[nodiscard]] virtual std::string_view summary() const = 0;  // one line for the list of commands
  // The command's options; they stay members of the command.
  virtual std::vector<OptionGroup> option_groups() = 0;
  // Sets of values that --preset chooses among, the default first; none: there is no such option.
  [[nodiscard]] virtual std::vector<Preset> presets() const { return {}; }
  // The values of one of them (Source::kPreset). Asked when all other sources have been read, on
  // which they may depend.
  [[nodiscard]] virtual std::vector<Assignment> preset_values(std::string_view /*preset*/) const {
    return {};
  }
  // Values that follow from where the program runs (Source::kJob, kHyperparameters). Asked when
  // file, environment and command line have been read. Throws core::Error.
  [[nodiscard]] virtual std::vector<Assignment> job_values() { return {}; }
  // Called once all sources have been read: brings values into their canonical form and checks what
  // one declaration alone cannot say. Throws core::UsageError.
  virtual void complete_options() {}
  // The lowest level of diagnostics that the options ask for.
  [[nodiscard]] virtual core::LogLevel log_level() const { return core::LogLevel::kInfo; }
  // Shown before run(): all commands of the program, for those that tell of the others.
  virtual void look_at(const CommandList& /*commands*/) {}
  // Returns the process's exit code. Throws core::Error.
  virtual int run(const ResolvedConfig& resolved) = 0;
};

}  // namespace train_backbone::config
