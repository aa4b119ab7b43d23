#pragma once

#include <cstdint>
#include <string>

#include "train_backbone/core/options.h"

namespace train_backbone::models {

struct ModelOptions : core::Options {
  std::string model;  // a name of the registry; required
  int64_t num_classes = 1000;

  void visit_options(core::OptionVisitor& visitor) override;
};

}  // namespace train_backbone::models
