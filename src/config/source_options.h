#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "train_backbone/core/options.h"

namespace train_backbone::config {

// Where values come from besides the command line.
struct SourceOptions : core::Options {
  std::string config;
  std::string preset;
  std::vector<std::string_view> presets;  // names; empty: the command has none

  void visit_options(core::OptionVisitor& visitor) override;
};

}  // namespace train_backbone::config
