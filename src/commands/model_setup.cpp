#include "commands/model_setup.h"

#include <string>
#include <utility>
#include <vector>

#include "commands/run_config.h"
#include "train_backbone/core/log.h"
#include "train_backbone/models/freeze.h"
#include "train_backbone/models/fused_kernels.h"
#include "train_backbone/models/registry.h"
#include "train_backbone/models/weight_copies.h"
#include "train_backbone/optim/original_decay.h"

namespace train_backbone::commands {
namespace {

// An option that was given and has no effect everywhere is said, once.
void warn_of_original_decay(const TrainSettings& settings, const models::Backbone& model) {
  const optim::OptimOptions& optim = settings.optim;
  if (!optim.weight_decay && !optim.l2_weight_decay) return;
  int64_t others = 0;
  for (const auto& item : model.named_parameters()) {
    const double decay =
        optim::original_weight_decay(settings.model.model, item.key(), optim.torch_weight_decay());
    if (item.value().dim() > 1 && decay != optim.torch_weight_decay()) ++others;
  }
  if (others == 0) return;
  core::log_warning(
      "--compat aws: as in the original, {} weights of {} have a decay of their own, which "
      "--l2_weight_decay does not change",
      others, settings.model.model);
}

}  // namespace

std::shared_ptr<models::Backbone> make_training_model(const TrainSettings& settings,
                                                      const ops::Device& device) {
  auto model =
      models::make_model(model_choice(settings), static_cast<uint64_t>(settings.train.seed));
  models::freeze(*model, {.names = models::parse_freeze(settings.train.freeze),
                          .batch_norm = settings.train.freeze_bn});
  models::use_fused_kernels(*model, fuses_kernels(settings));
  if (device.on_gpu()) model->to(device.tensors);
  return model;
}

optim::ParameterGroups training_groups(const TrainSettings& settings,
                                       const models::Backbone& model) {
  const double option = settings.optim.torch_weight_decay();
  optim::GroupRules rules{.weight_decay = [option](std::string_view /*name*/) { return option; },
                          .head = model.parts().back().modules.front(),
                          .head_learning_rate_factor = settings.optim.head_learning_rate_factor};
  if (follows_original(settings)) {
    warn_of_original_decay(settings, model);
    rules.weight_decay = [option, name = settings.model.model](std::string_view parameter) {
      return optim::original_weight_decay(name, parameter, option);
    };
  }
  std::vector<std::pair<std::string, at::Tensor>> parameters;
  for (const auto& item : model.named_parameters()) {
    parameters.emplace_back(item.key(), item.value());
  }
  return optim::group_parameters(parameters, rules);
}

train::TrainStepSettings training_step_settings(const TrainSettings& settings,
                                                ops::Precision precision) {
  return {.normalisation = training_normalisation(settings),
          .mixup = {.alpha = settings.train.mixup_alpha,
                    .seed = static_cast<uint64_t>(settings.train.seed),
                    .reversed_partners = follows_original(settings)},
          .label_smoothing = settings.train.label_smoothing,
          .accumulate_steps = settings.train.accumulate_steps,
          .compute_type = ops::compute_type(precision),
          .loss_scaling = loss_scaling(settings, precision)};
}

void compute_in(at::ScalarType type, models::Backbone& model, ops::FlatArena& arena) {
  if (type == at::kFloat) return;
  arena.keep_copy(type);
  models::compute_with_copies(model, type, arena.views_of(arena.copy()));
}

}  // namespace train_backbone::commands
