#pragma once

#include <ATen/core/Tensor.h>

#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "train_backbone/ops/flat_arena.h"

namespace train_backbone::optim {

// How the parameters of one group learn.
struct GroupSettings {
  double weight_decay = 0;  // as in torch
  double learning_rate_factor = 1;

  bool operator==(const GroupSettings&) const = default;
};

// What the group of a parameter depends on, besides its shape.
struct GroupRules {
  // Of a convolution or dense weight, by its name. All else (fewer than two dimensions: biases,
  // normalisation) has none.
  std::function<double(std::string_view)> weight_decay;
  std::string head = {};  // module of the classifier ("fc"); "": none
  double head_learning_rate_factor = 1;
};

struct ParameterGroups {
  std::vector<ops::ArenaParameter> parameters;  // those that learn, in the order given
  std::vector<GroupSettings> settings;          // by group, in the order in which they turned up
};

// Puts parameters that are to be treated alike into one group. Frozen ones (which require no
// gradient) are left out.
ParameterGroups group_parameters(const std::vector<std::pair<std::string, at::Tensor>>& parameters,
                                 const GroupRules& rules);

}  // namespace train_backbone::optim
