#include "train_backbone/optim/parameter_groups.h"

#include <algorithm>

namespace train_backbone::optim {
namespace {

GroupSettings settings_of(const std::string& name, const at::Tensor& parameter,
                          const GroupRules& rules) {
  const bool in_head = !rules.head.empty() && name.starts_with(rules.head + ".");
  return {.weight_decay = parameter.dim() > 1 ? rules.weight_decay(name) : 0,
          .learning_rate_factor = in_head ? rules.head_learning_rate_factor : 1};
}

}  // namespace

ParameterGroups group_parameters(const std::vector<std::pair<std::string, at::Tensor>>& parameters,
                                 const GroupRules& rules) {
  ParameterGroups groups;
  for (const auto& [name, parameter] : parameters) {
    if (!parameter.requires_grad()) continue;
    const GroupSettings wanted = settings_of(name, parameter, rules);
    const auto known = std::find(groups.settings.begin(), groups.settings.end(), wanted);
    const auto group = static_cast<size_t>(known - groups.settings.begin());
    if (known == groups.settings.end()) groups.settings.push_back(wanted);
    groups.parameters.push_back({.name = name, .tensor = parameter, .group = group});
  }
  return groups;
}

}  // namespace train_backbone::optim
