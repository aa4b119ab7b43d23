#pragma once

#include <cstdint>
#include <string>

#include "train_backbone/core/options.h"

namespace train_backbone::models {

struct ModelOptions : core::Options {
  std::string model;  // a name of the registry; required
  int64_t num_classes = 1000;
  double leaky_slope = 0.1;  // of darknet53; timm's own weights want 0.01

  void visit_options(core::OptionVisitor& visitor) override;
};

}  // namespace train_backbone::models
