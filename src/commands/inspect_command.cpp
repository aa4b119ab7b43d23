#include "commands/inspect_command.h"

#include <filesystem>

#include "commands/inspect_difference.h"
#include "commands/inspect_run.h"
#include "commands/inspect_shards.h"
#include "commands/inspect_weights.h"
#include "commands/run_summary.h"
#include "commands/weight_report.h"
#include "train_backbone/core/errors.h"
#include "train_backbone/core/format.h"

namespace train_backbone::commands {
namespace {

namespace fs = std::filesystem;

void require_weights(const fs::path& path) {
  if (holds_weights(path)) return;
  throw core::UsageError(core::format(
      "--diff compares weight files (*.safetensors) and checkpoints (step-N); {} is neither",
      path.string()));
}

}  // namespace

void InspectOptions::visit_options(core::OptionVisitor& visitor) {
  visitor.option(path, {.name = "path",
                        .help = "a shard, a folder of shards, the folder of a run, a weight file "
                                "(.safetensors) or a checkpoint's folder",
                        .positional = true,
                        .required = true});
  visitor.option(diff, {.name = "diff",
                        .help = "weight file or checkpoint to compare the path's weights with"});
  visitor.option(records, {.name = "records",
                           .help = "how many of the first records of shards are described",
                           .bound = core::at_least(0),
                           .unit = "records"});
}

std::vector<config::OptionGroup> InspectCommand::option_groups() {
  return {{.title = "What to look at", .options = &options_},
          {.title = "Output", .options = &log_}};
}

int InspectCommand::run(const config::ResolvedConfig& /*resolved*/) {
  const fs::path path = options_.path;
  if (!options_.diff.empty()) {
    require_weights(path);
    require_weights(options_.diff);
    return inspect_difference(path, options_.diff);
  }
  if (holds_weights(path)) return inspect_weights(path);
  return is_run_folder(path) ? inspect_run(path) : inspect_shards(path, options_.records);
}

}  // namespace train_backbone::commands
