#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "train_backbone/core/options.h"

namespace train_backbone::models {

// Names of all models in the order of the tables, for what offers them: OptionInfo::suggestions.
std::vector<std::string_view> suggested_models();

struct ModelOptions : core::Options {
  std::string model;  // a name of the registry; required
  int64_t num_classes = 1000;
  double leaky_slope = 0.1;  // of darknet53; timm's own weights want 0.01

  void visit_options(core::OptionVisitor& visitor) override;
};

}  // namespace train_backbone::models
