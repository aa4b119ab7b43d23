#include "tests/comm/replica.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include <utility>
#include <vector>

#include "tests/support/hashed_model.h"
#include "train_backbone/optim/parameter_groups.h"

namespace train_backbone::comm {
namespace {

constexpr int64_t kClasses = 7;

std::unique_ptr<ops::FlatArena> arena_of(models::Backbone& model) {
  std::vector<std::pair<std::string, at::Tensor>> parameters;
  for (const auto& entry : model.named_parameters()) {
    parameters.emplace_back(entry.key(), entry.value());
  }
  const optim::GroupRules rules{.weight_decay = [](std::string_view) { return 1e-4; }};
  return std::make_unique<ops::FlatArena>(optim::group_parameters(parameters, rules).parameters);
}

}  // namespace

Replica::Replica(const Task& task)
    : model_(models::make_model({.name = task.model, .num_classes = kClasses}, 0)),
      images_(test::hashed_tensor("images", {task.images, 3, task.pixels, task.pixels})
                  .to(task.type)
                  .contiguous(at::MemoryFormat::ChannelsLast)),
      labels_((at::arange(task.images) * 3 + 1).remainder(kClasses)) {
  at::set_num_threads(1);
  model_->to(task.type);
  if (task.weights == Weights::kHashed) test::fill_with_hashed_values(*model_);
  model_->train();
  arena_ = arena_of(*model_);
}

at::Tensor Replica::loss(int64_t begin, int64_t end) {
  return at::cross_entropy_loss(model_->forward(images_.slice(0, begin, end)),
                                labels_.slice(0, begin, end));
}

}  // namespace train_backbone::comm
