#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "train_backbone/core/options.h"

namespace train_backbone::optim {

struct OptimOptions : core::Options {
  double learning_rate = 0.1;  // per 256 samples of a global batch
  double momentum = 0.9;
  std::optional<double> l2_weight_decay;  // Keras' lambda = half of torch's; not given: 1e-4
  std::optional<double> weight_decay;     // torch's; not both
  std::string schedule = "cosine";        // cosine | piecewise_short | piecewise_long
  double num_epochs = 120;                // may be a fraction: 0.5 sees half of the records
  double warmup_epochs = 5;
  double warmup_factor = 0.125;     // of the peak, where warm-up begins
  std::string loss_scale = "auto";  // auto | dynamic | none | a number
  double head_learning_rate_factor = 1;

  void visit_options(core::OptionVisitor& visitor) override;

  static constexpr double kDefaultL2WeightDecay = 1e-4;
  // Torch's weight decay of either spelling. Throws core::UsageError when both are given.
  [[nodiscard]] double torch_weight_decay() const;
};

}  // namespace train_backbone::optim
