#include "tests/train/tiny_run.h"

#include <ATen/ops/equal.h>
#include <torch/utils.h>

#include "tests/train/fake_batches.h"
#include "train_backbone/core/errors.h"
#include "train_backbone/train/normalisation.h"

namespace train_backbone::train {
namespace {

constexpr int64_t kValidationRecords = 7;
constexpr int64_t kValidationBatch = 5;

std::shared_ptr<TinyModel> make_model(const TinySettings& settings) {
  torch::manual_seed(17);
  torch::set_num_threads(1);  // more would only wait for each other on so small a network
  auto model = std::make_shared<TinyModel>(settings.classes);
  model->named_parameters()["conv.weight"].requires_grad_(!settings.freeze_convolution);
  return model;
}

optim::ParameterGroups groups_of(const TinyModel& model) {
  std::vector<std::pair<std::string, at::Tensor>> parameters;
  for (const auto& item : model.named_parameters()) {
    parameters.emplace_back(item.key(), item.value());
  }
  return optim::group_parameters(parameters,
                                 {.weight_decay = [](std::string_view) { return 1e-4; }});
}

bool equal_tensors(const io::NamedTensors& a, const io::NamedTensors& b) {
  for (size_t i = 0; i < a.size(); ++i) {
    if (!at::equal(a[i].second, b[i].second)) return false;
  }
  return a.size() == b.size();
}

}  // namespace

TinyRun::TinyRun(TinySettings settings)
    : settings_(settings),
      plan_(settings.records, settings.batch_size, settings.num_epochs, settings.max_steps),
      schedule_({.peak = settings.learning_rate,
                 .warmup_steps = 2,
                 .steps_per_epoch = plan_.steps_per_epoch(),
                 .total_steps = plan_.total_steps()}),
      model_(make_model(settings)),
      groups_(groups_of(*model_)),
      arena_(groups_.parameters),
      optimizer_(arena_, 0.9, groups_.settings) {}

bool TinyRun::run(TrainObserver* observer, const std::function<bool()>& stop) {
  TrainStep step(*model_, arena_, optimizer_,
                 {.normalisation = imagenet_normalisation(),
                  .mixup = {.alpha = settings_.mixup_alpha, .seed = 5},
                  .label_smoothing = settings_.label_smoothing,
                  .blind = settings_.blind});
  Evaluator evaluator(*model_, imagenet_normalisation());
  Trainer trainer(settings_.trainer,
                  {.plan = plan_,
                   .schedule = schedule_,
                   .model = *model_,
                   .step = step,
                   .evaluator = evaluator,
                   .validation_batches =
                       [this] {
                         auto batches =
                             std::make_unique<FakeBatches>(kValidationRecords, settings_.classes,
                                                           kValidationBatch, 0, kValidationRecords);
                         if (settings_.bad_validation) batches->fail_at(kValidationBatch);
                         return batches;
                       },
                   .stop = stop},
                  state_);
  if (observer != nullptr) trainer.add_observer(*observer);
  FakeBatches batches(settings_.records, settings_.classes, settings_.batch_size,
                      state_.step * settings_.batch_size, plan_.end_step() * settings_.batch_size);
  if (settings_.bad_step) batches.fail_at((*settings_.bad_step - 1) * settings_.batch_size);
  try {
    const bool ended = trainer.run(batches);
    state_ = trainer.state();
    return ended;
  } catch (const core::DataError&) {
    state_ = trainer.state();
    throw;
  }
}

io::Checkpoint TinyRun::capture() const {
  io::Checkpoint checkpoint = train::capture(state_, *model_, arena_, optimizer_);
  for (io::NamedTensors* tensors : {&checkpoint.model, &checkpoint.optimizer}) {
    for (auto& [name, tensor] : *tensors) tensor = tensor.detach().clone();
  }
  return checkpoint;
}

void TinyRun::restore(const io::Checkpoint& checkpoint) {
  state_ = train::restore(checkpoint, "checkpoint", *model_, arena_, optimizer_);
}

bool TinyRun::equals(const TinyRun& other) const {
  const io::Checkpoint own = capture();
  const io::Checkpoint theirs = other.capture();
  return equal_tensors(own.model, theirs.model) && equal_tensors(own.optimizer, theirs.optimizer);
}

}  // namespace train_backbone::train
