#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "train_backbone/config/option_table.h"
#include "train_backbone/core/log.h"

namespace train_backbone::config {

// One sub-command: owns the options structs that it needs and does the work once they are filled.
class Command {
 public:
  virtual ~Command() = default;

  [[nodiscard]] virtual std::string_view name() const = 0;     // "train"
  [[nodiscard]] virtual std::string_view summary() const = 0;  // one line for the list of commands
  // The command's options; they stay members of the command.
  virtual std::vector<OptionGroup> option_groups() = 0;
  // Called once all sources have been read: brings values into their canonical form and checks what
  // one declaration alone cannot say. Throws core::UsageError.
  virtual void complete_options() {}
  // The lowest level of diagnostics that the options ask for.
  [[nodiscard]] virtual core::LogLevel log_level() const { return core::LogLevel::kInfo; }
  // Returns the process's exit code. Throws core::Error.
  virtual int run(const ResolvedConfig& resolved) = 0;
};

}  // namespace train_backbone::config
