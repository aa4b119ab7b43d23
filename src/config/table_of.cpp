#include "config/table_of.h"

namespace train_backbone::config {

OptionTable table_of(Command& command, AboutOptions& about, SourceOptions& source) {
  std::vector<OptionGroup> groups = command.option_groups();
  for (const Preset& preset : command.presets()) source.presets.push_back(preset.name);
  if (!source.presets.empty()) source.preset = source.presets.front();
  groups.push_back({.title = "Configuration", .options = &source});
  groups.push_back({.title = "About the program", .options = &about, .about_program = true});
  return OptionTable(groups);
}

}  // namespace train_backbone::config
