#include "config/source_options.h"

namespace train_backbone::config {

void SourceOptions::visit_options(core::OptionVisitor& visitor) {
  visitor.option(config,
                 {.name = "config",
                  .help = "TOML file with values for options, as --print_config and run.toml "
                          "write them; environment and command line win over it",
                  .value_name = "FILE"});
  if (presets.empty()) return;
  visitor.option(preset, {.name = "preset",
                          .help = "set of values to begin with; every other source wins over it. "
                                  "docs/recipes.md has the reasons",
                          .choices = presets});
}

}  // namespace train_backbone::config
