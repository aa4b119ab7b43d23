#include "commands/prepare_command.h"

#include <iostream>
#include <string>

#include "commands/json_line.h"
#include "train_backbone/core/format.h"
#include "train_backbone/data/prepare/prepare.h"

namespace train_backbone::commands {
namespace {

void print_summary(const data::PrepareResult& result, const std::string& output) {
  std::cout << core::format(
      "{} pictures of {} classes in {} shards in {}: {} converted, {} skipped, {} shards kept from "
      "an earlier run\n",
      result.images, result.classes, result.shards, output, result.converted, result.skipped,
      result.shards_kept);
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
  print_json_line({{"images", result.images},
                   {"shards", result.shards},
                   {"skipped", result.skipped},
                   {"converted", result.converted},
                   {"images_per_second", result.images_per_second},
                   {"output", options_.output}});
  return 0;
}

}  // namespace train_backbone::commands
