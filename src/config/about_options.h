#pragma once

#include "train_backbone/core/options.h"

namespace train_backbone::config {

// Questions that every command answers instead of doing its work.
struct AboutOptions : core::Options {
  bool help = false;
  bool version = false;
  bool print_config = false;

  void visit_options(core::OptionVisitor& visitor) override;
};

}  // namespace train_backbone::config
