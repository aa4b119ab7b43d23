#include "commands/step_benchmark.h"

#include <algorithm>
#include <chrono>
#include <functional>
#include <memory>
#include <utility>

#include "commands/model_setup.h"
#include "commands/step_graph.h"
#include "commands/synthetic_batch.h"
#include "train_backbone/models/fused_kernels.h"
#include "train_backbone/models/registry.h"
#include "train_backbone/train/normalisation.h"
#include "train_backbone/train/train_step.h"

namespace train_backbone::commands {
namespace {

constexpr int64_t kWarmUp = 2;
constexpr int64_t kGraphWarmUp = 5;  // the fourth step is the first one that is recorded
constexpr double kRate = 0.01;
constexpr double kSmoothing = 0.1;
constexpr double kDecay = 2e-4;
constexpr double kMomentum = 0.9;

optim::ParameterGroups groups_of(const models::Backbone& model) {
  std::vector<std::pair<std::string, at::Tensor>> parameters;
  for (const auto& item : model.named_parameters()) {
    parameters.emplace_back(item.key(), item.value());
  }
  return optim::group_parameters(
      parameters, {.weight_decay = [](std::string_view /*name*/) { return kDecay; }});
}

std::shared_ptr<models::Backbone> make_network(const StepBenchmarkSettings& settings) {
  auto model = models::make_model({.name = settings.model, .num_classes = settings.num_classes},
                                  /*seed=*/0);
  models::use_fused_kernels(*model, settings.fused_kernels);
  if (settings.device.on_gpu()) model->to(settings.device.tensors);
  return model;
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

// A network in training and what belongs to it.
class Training {
 public:
  explicit Training(const StepBenchmarkSettings& settings)
      : settings_(settings),
        model_(make_network(settings)),
        groups_(groups_of(*model_)),
        arena_(groups_.parameters),
        optimizer_(arena_, kMomentum, groups_.settings),
        input_(settings.device.tensors),
        batch_(synthetic_batch(settings.batch_size, settings.image_size, settings.num_classes)) {
    compute_in(ops::compute_type(settings.device.precision), *model_, arena_);
  }

  void whole_steps(StepBenchmark& result) {
    train::TrainStep step(*model_, arena_, optimizer_,
                          {.normalisation = train::imagenet_normalisation(),
                           .label_smoothing = kSmoothing,
                           .compute_type = ops::compute_type(settings_.device.precision),
                           .loss_scaling = scaling()},
                          /*ranks=*/nullptr,
                          make_step_graph(settings_.cuda_graph, settings_.device,
                                          {.on_gpu = settings_.device.on_gpu()}));
    const int64_t warm_up = step.has_graph() ? kGraphWarmUp : kWarmUp;
    step.run(batch_, kRate);
    ops::forget_peak_memory(settings_.device);
    for (int64_t i = 1; i < warm_up; ++i) step.run(batch_, kRate);
    for (int64_t i = 0; i < settings_.steps; ++i) {
      result.steps.push_back(seconds_of([&] { step.run(batch_, kRate); }));
    }
    result.has_graph = step.has_graph();
    result.peak_memory = ops::peak_memory(settings_.device);
  }

  void parts(StepBenchmark& result) {
    std::vector<double> input;
    std::vector<double> forward;
    std::vector<double> backward;
    std::vector<double> update;
    const train::MixedLabels labels{.labels = input_.place(train::label_tensor(batch_.labels)),
                                    .partner_labels = {},
                                    .weight = {}};
    for (int64_t i = 0; i < std::max<int64_t>(settings_.steps / 2, 1); ++i) {
      at::Tensor logits;
      at::Tensor pictures;
      arena_.zero_gradients();
      input.push_back(seconds_of([&] {
        pictures = input_.images(
            batch_.images,
            {.count = batch_.size, .height = settings_.image_size, .width = settings_.image_size},
            train::imagenet_normalisation(), {}, ops::compute_type(settings_.device.precision));
      }));
      forward.push_back(seconds_of([&] { logits = model_->forward(pictures); }));
      backward.push_back(
          seconds_of([&] { train::cross_entropy(logits, labels, kSmoothing).backward(); }));
      update.push_back(seconds_of([&] { optimizer_.step(kRate, {.copy = arena_.copy()}); }));
    }
    result.input = median(input);
    result.forward = median(forward);
    result.backward = median(backward);
    result.update = median(update);
  }

 private:
  // As a run with --loss_scale auto.
  [[nodiscard]] std::optional<optim::LossScaling> scaling() const {
    return optim::parse_loss_scaling("auto", settings_.device.precision == ops::Precision::kFp16);
  }

  // Until the device has done the work, which on a GPU outlasts the call.
  double seconds_of(const std::function<void()>& work) const {
    const auto begin = std::chrono::steady_clock::now();
    work();
    if (settings_.device.on_gpu()) arena_.gradients()[0].item<float>();
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  }

  const StepBenchmarkSettings& settings_;
  std::shared_ptr<models::Backbone> model_;
  optim::ParameterGroups groups_;
  ops::FlatArena arena_;
  optim::Sgd optimizer_;
  ops::InputStage input_;
  data::Batch batch_;
};

}  // namespace

StepBenchmark measure_step(const StepBenchmarkSettings& settings) {
  Training training(settings);
  StepBenchmark result;
  training.whole_steps(result);
  training.parts(result);
  return result;
}

}  // namespace train_backbone::commands
