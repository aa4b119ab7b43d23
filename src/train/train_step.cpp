#include "train_backbone/train/train_step.h"

#include <ATen/ops/full.h>

#include <cmath>
#include <stdexcept>
#include <utility>

#include "train_backbone/core/errors.h"
#include "train_backbone/core/format.h"

namespace train_backbone::train {
namespace {

// A scale of 65536 has shrunk to less than 1e-10 then.
constexpr int64_t kMostSkipped = 50;
// On a GPU, where looking means waiting.
constexpr int64_t kLookEvery = 64;

ops::ImageShape shape_of(const data::Batch& batch) {
  return {.count = batch.size, .height = batch.height, .width = batch.width};
}

MixedLabels mixed_labels(const at::Tensor& labels, const ops::MixTensors& mix) {
  if (!mix.partner.defined()) return {.labels = labels, .partner_labels = {}, .weight = {}};
  return {.labels = labels,
          .partner_labels = labels.index_select(0, mix.partner),
          .weight = mix.weight};
}

}  // namespace

TrainStep::TrainStep(models::Classifier& model, ops::FlatArena& arena, optim::Sgd& optimizer,
                     TrainStepSettings settings, RankSync* ranks, TrainStepGraph graph)
    : model_(model),
      arena_(arena),
      optimizer_(optimizer),
      settings_(std::move(settings)),
      ranks_(ranks),
      input_(arena.weights().device()),
      runner_(body_of_passes(), graph.make ? graph.make() : nullptr, graph.on_failure),
      update_runner_(body_of_update(), ranks != nullptr && graph.make ? graph.make() : nullptr,
                     graph.on_failure) {
  if (!arena.weights().is_cpu()) settings_.blind = true;
  if (runner_.has_graph() && !settings_.blind) {
    throw std::invalid_argument("TrainStep: a graph is for blind steps");
  }
  if (settings_.loss_scaling) {
    scaler_.emplace(*settings_.loss_scaling, arena_.gradients().device());
  }
}

TrainStep::Pass TrainStep::pass_of(const at::Tensor& images, const MixedLabels& labels,
                                   int64_t number) const {
  const int64_t size = images.size(0) / settings_.accumulate_steps;
  const auto part = [&](const at::Tensor& all) {
    return all.defined() ? all.narrow(0, number * size, size) : all;
  };
  return {.images = part(images),
          .labels = {.labels = part(labels.labels),
                     .partner_labels = part(labels.partner_labels),
                     .weight = part(labels.weight)},
          .last = number + 1 == settings_.accumulate_steps};
}

Meters TrainStep::run_pass(const Pass& pass, std::span<const int64_t> own_labels) {
  const at::Tensor logits = model_.forward(pass.images);
  const at::Tensor loss = cross_entropy(logits, pass.labels, settings_.label_smoothing);
  Meters meters = count_correct(logits, own_labels);
  meters.loss_sum = static_cast<double>(loss.item<float>()) * static_cast<double>(meters.count);
  // With other ranks, which may have finite losses, the pass is made in any case.
  if (ranks_ == nullptr && !std::isfinite(meters.loss_sum)) return meters;
  if (ranks_ != nullptr) ranks_->begin(pass.last);
  differentiate(loss);
  return meters;
}

void TrainStep::differentiate(const at::Tensor& loss) const {
  at::Tensor minimised = loss;
  if (settings_.accumulate_steps > 1) minimised = minimised / settings_.accumulate_steps;
  if (scaler_) minimised = scaler_->scaled(minimised);
  minimised.backward();
}

// The gradients are those of all ranks, so that all skip the update or none does.
void TrainStep::update(double learning_rate, const at::Tensor& rate) {
  ops::SgdExtras extras{.learning_rate = rate, .copy = arena_.copy()};
  if (scaler_) {
    scaler_->check(arena_.gradients());
    extras.skip = scaler_->found_infinity();
    extras.inverse_scale = scaler_->inverse_scale();
  }
  optimizer_.step(learning_rate, extras);
  if (scaler_) scaler_->update();
}

void TrainStep::check_scale() const {
  const int64_t skipped = scaler_->most_skipped();
  if (skipped <= kMostSkipped) return;
  throw core::DivergedError(core::format(
      "the gradients of {} steps in a row are not finite, at a loss scale of {:.4g} now: the "
      "training has diverged and this state is not saved; try a lower --learning_rate, or "
      "--precision bf16 or fp32",
      skipped, scaler_->state().scale));
}

std::optional<optim::LossScale> TrainStep::loss_scale() const {
  if (!scaler_) return std::nullopt;
  check_scale();  // what is asked for is going to be saved
  return scaler_->state();
}

void TrainStep::go_on_from(const optim::LossScale& state) {
  if (scaler_) scaler_->go_on_from(state);
}

Meters TrainStep::run_passes(const data::Batch& batch, std::span<const ops::MixPartner> mix,
                             double learning_rate) {
  const at::Tensor images = input_.images(batch.images, shape_of(batch), settings_.normalisation,
                                          mix, settings_.compute_type);
  const MixedLabels labels =
      mixed_labels(input_.place(label_tensor(batch.labels)), input_.place(mix));
  arena_.zero_gradients();
  Meters meters;
  for (int64_t number = 0; number < settings_.accumulate_steps; ++number) {
    const auto size = static_cast<size_t>(batch.size / settings_.accumulate_steps);
    meters += run_pass(pass_of(images, labels, number),
                       std::span(batch.labels).subspan(static_cast<size_t>(number) * size, size));
    if (ranks_ == nullptr && !std::isfinite(meters.loss_sum)) return meters;
  }
  if (ranks_ != nullptr) ranks_->finish(meters);
  if (!std::isfinite(meters.loss_sum)) return meters;
  update(learning_rate, {});
  if (scaler_) check_scale();
  return meters;
}

// The host only hands out work here: nothing looks at a number.
// What differs from step to step comes in `inputs`, as all else is recorded: pixels, partners and
// weights of mixup, labels, learning rate. Pictures are made of pixels in here, so that a graph
// takes them as bytes.
at::Tensor TrainStep::blind_passes(const std::vector<at::Tensor>& inputs, bool recorded) {
  const ops::MixTensors mix{.partner = inputs[1], .weight = inputs[2]};
  const at::Tensor images =
      ops::normalised_images(inputs[0], settings_.normalisation, mix, settings_.compute_type);
  const MixedLabels labels = mixed_labels(inputs[3], mix);
  arena_.zero_gradients();
  at::Tensor sums;
  for (int64_t number = 0; number < settings_.accumulate_steps; ++number) {
    const Pass pass = pass_of(images, labels, number);
    const at::Tensor logits = model_.forward(pass.images);
    const at::Tensor loss = cross_entropy(logits, pass.labels, settings_.label_smoothing);
    const at::Tensor counted = count_with_loss(logits, pass.labels.labels, loss);
    sums = sums.defined() ? sums + counted : counted;
    // What is recorded begins no reductions; they follow when it has been replayed.
    if (ranks_ != nullptr && !recorded) ranks_->begin(pass.last);
    differentiate(loss);
  }
  return sums;
}

ops::StepRunner::Body TrainStep::body_of_passes() {
  return [this](const std::vector<at::Tensor>& inputs, bool recorded) {
    const at::Tensor sums = blind_passes(inputs, recorded);
    if (ranks_ == nullptr) update(1, inputs[4]);
    return sums;
  };
}

ops::StepRunner::Body TrainStep::body_of_update() {
  return [this](const std::vector<at::Tensor>& inputs, bool /*recorded*/) {
    update(1, inputs[0]);
    return at::Tensor();
  };
}

at::Tensor TrainStep::run_blind(const std::vector<at::Tensor>& inputs) {
  at::Tensor sums = runner_.run(inputs);
  if (ranks_ == nullptr) return sums;
  if (runner_.has_replayed()) {
    ranks_->reduce_on_gpu(sums);
  } else {
    ranks_->finish_on_gpu(sums);
  }
  update_runner_.run({inputs[4]});
  return sums;
}

PendingMeters TrainStep::start_blind(const data::Batch& batch, std::span<const ops::MixPartner> mix,
                                     double learning_rate) {
  const at::Tensor pixels = input_.place(batch.images, shape_of(batch));
  const ops::MixTensors mixed = input_.place(mix);
  const at::Tensor rate =
      at::full({1}, learning_rate, at::dtype(at::kFloat).device(pixels.device()));
  const at::Tensor sums = run_blind(
      {pixels, mixed.partner, mixed.weight, input_.place(label_tensor(batch.labels)), rate});
  if (scaler_ && ++unchecked_ >= kLookEvery) {
    unchecked_ = 0;
    check_scale();
  }
  std::function<void()> check;
  if (ranks_ != nullptr) check = [ranks = ranks_] { ranks->check(); };
  return {sums, std::move(check)};
}

PendingMeters TrainStep::start(const data::Batch& batch, double learning_rate) {
  const std::vector<ops::MixPartner> mix = plan_mixup(settings_.mixup, batch.epochs, batch.records);
  model_.train();
  if (settings_.blind) return start_blind(batch, mix, learning_rate);
  return PendingMeters(run_passes(batch, mix, learning_rate));
}

}  // namespace train_backbone::train
