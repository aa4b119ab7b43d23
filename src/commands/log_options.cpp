#include "commands/log_options.h"

#include <algorithm>

namespace train_backbone::commands {

core::LogLevel lowest_level(std::string_view log_level, bool quiet) {
  const core::LogLevel level = core::parse_log_level(log_level);
  return quiet ? std::max(level, core::LogLevel::kWarning) : level;
}

void LogOptions::visit_options(core::OptionVisitor& visitor) {
  visitor.option(log_level, {.name = "log_level",
                             .help = "lowest level of diagnostics on standard error",
                             .choices = {"debug", "info", "warning", "error"}});
}

void OutputOptions::visit_options(core::OptionVisitor& visitor) {
  LogOptions::visit_options(visitor);
  visitor.option(quiet, {.name = "quiet", .help = "print only the line of results at the end"});
}

}  // namespace train_backbone::commands
