#include "commands/prepare_command.h"

#include <cstdint>
#include <iostream>
#include <string>

#include "commands/json_line.h"
#include "train_backbone/core/format.h"
#include "train_backbone/data/prepare/prepare.h"

namespace train_backbone::commands {
namespace {

void print_summary(const data::PrepareResult& result, const std::string& output) {
  const uint64_t held_out = result.validation_images;
  std::cout << core::format(
      "{} of {} in {} in {}: {}{} converted, {} skipped, {} kept from an earlier run\n",
      core::counted(result.images, "picture"), core::counted(result.classes, "class", "classes"),
      core::counted(result.shards, "shard"), output,
      held_out > 0 ? core::format("{} for validation, ", held_out) : "", result.converted,
      result.skipped, core::counted(result.shards_kept, "shard"));
}

}  // namespace

std::vector<config::OptionGroup> PrepareCommand::option_groups() {
  return {{.title = "Pictures and shards", .options = &options_},
          {.title = "Output", .options = &output_}};
}

int PrepareCommand::run(const config::ResolvedConfig& /*resolved*/) {
  options_.quiet = output_.quiet;
  const data::PrepareResult result = data::prepare(options_);
  if (!output_.quiet) print_summary(result, options_.output);
  nlohmann::ordered_json line = {{"images", result.images},
                                 {"shards", result.shards},
                                 {"skipped", result.skipped},
                                 {"converted", result.converted},
                                 {"images_per_second", result.images_per_second},
                                 {"output", options_.output}};
  if (options_.validation_share) line["validation_images"] = result.validation_images;
  print_json_line(line);
  return 0;
}

}  // namespace train_backbone::commands
