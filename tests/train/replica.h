#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/train/tiny_model.h"
#include "train_backbone/ops/flat_arena.h"
#include "train_backbone/optim/parameter_groups.h"
#include "train_backbone/optim/sgd.h"

namespace train_backbone::train {

// A rank's network and optimizer.
struct Replica {
  Replica()
      : model(std::make_shared<TinyModel>(4)),
        groups(optim::group_parameters(parameters_of(*model),
                                       {.weight_decay = [](std::string_view) { return 0.0; }})),
        arena(groups.parameters),
        optimizer(arena, 0.9, groups.settings) {}

  static std::vector<std::pair<std::string, at::Tensor>> parameters_of(const TinyModel& model) {
    std::vector<std::pair<std::string, at::Tensor>> parameters;
    for (const auto& item : model.named_parameters()) {
      parameters.emplace_back(item.key(), item.value());
    }
    return parameters;
  }

  std::shared_ptr<TinyModel> model;
  optim::ParameterGroups groups;
  ops::FlatArena arena;
  optim::Sgd optimizer;
};

}  // namespace train_backbone::train
