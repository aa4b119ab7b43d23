#pragma once

#include <string>
#include <string_view>

#include "train_backbone/core/log.h"
#include "train_backbone/core/options.h"

namespace train_backbone::commands {

// The lowest level of diagnostics that --log_level and --quiet ask for together: quiet leaves
// warnings and errors. Throws core::UsageError for an unknown name.
core::LogLevel lowest_level(std::string_view log_level, bool quiet);

// Diagnostics, for the commands whose own options do not hold them.
struct LogOptions : core::Options {
  std::string log_level = "info";

  void visit_options(core::OptionVisitor& visitor) override;
};

// Diagnostics and progress.
struct OutputOptions : LogOptions {
  bool quiet = false;

  void visit_options(core::OptionVisitor& visitor) override;
};

}  // namespace train_backbone::commands
