#include "train_backbone/train/train_step.h"

#include <ATen/ops/empty.h>

#include <cmath>
#include <utility>

#include "train_backbone/core/errors.h"
#include "train_backbone/core/format.h"

namespace train_backbone::train {
namespace {

// A scale of 65536 has shrunk to less than 1e-10 then.
constexpr int64_t kMostSkipped = 50;

}  // namespace

TrainStep::TrainStep(models::Classifier& model, ops::FlatArena& arena, optim::Sgd& optimizer,
                     TrainStepSettings settings, RankSync* ranks)
    : model_(model),
      arena_(arena),
      optimizer_(optimizer),
      settings_(std::move(settings)),
      ranks_(ranks) {
  if (settings_.loss_scaling) {
    scaler_.emplace(*settings_.loss_scaling, arena_.gradients().device());
  }
}

at::Tensor TrainStep::images_of(const data::Batch& batch, std::span<const ops::MixPartner> mix) {
  const std::vector<int64_t> shape{batch.size, 3, batch.height, batch.width};
  if (!images_.defined() || images_.sizes() != at::IntArrayRef(shape)) {
    images_ = ops::empty_images(batch.size, batch.height, batch.width);
  }
  ops::normalise_and_mix(batch.images, settings_.normalisation, mix, images_);
  return images_.to(settings_.compute_type);
}

MixedLabels TrainStep::labels_of(const data::Batch& batch,
                                 std::span<const ops::MixPartner> mix) const {
  MixedLabels mixed{.labels = label_tensor(batch.labels), .partner_labels = {}, .weight = {}};
  if (mix.empty()) return mixed;
  mixed.weight = at::empty({batch.size}, at::kFloat);
  float* weight = mixed.weight.data_ptr<float>();
  std::vector<int64_t> partner_labels;
  for (const ops::MixPartner& own : mix) {
    partner_labels.push_back(batch.labels[static_cast<size_t>(own.partner)]);
    *weight++ = own.weight;
  }
  mixed.partner_labels = label_tensor(partner_labels);
  return mixed;
}

TrainStep::Pass TrainStep::pass_of(const data::Batch& batch, const at::Tensor& images,
                                   const MixedLabels& labels, int64_t number) const {
  const int64_t size = batch.size / settings_.accumulate_steps;
  const auto part = [&](const at::Tensor& all) {
    return all.defined() ? all.narrow(0, number * size, size) : all;
  };
  return {.images = part(images),
          .labels = {.labels = part(labels.labels),
                     .partner_labels = part(labels.partner_labels),
                     .weight = part(labels.weight)},
          .own_labels = std::span(batch.labels)
                            .subspan(static_cast<size_t>(number * size), static_cast<size_t>(size)),
          .last = number + 1 == settings_.accumulate_steps};
}

Meters TrainStep::run_pass(const Pass& pass) {
  const at::Tensor logits = model_.forward(pass.images);
  const at::Tensor loss = cross_entropy(logits, pass.labels, settings_.label_smoothing);
  Meters meters = count_correct(logits, pass.own_labels);
  meters.loss_sum = static_cast<double>(loss.item<float>()) * static_cast<double>(meters.count);
  // With other ranks, which may have finite losses, the pass is made in any case.
  if (ranks_ == nullptr && !std::isfinite(meters.loss_sum)) return meters;
  if (ranks_ != nullptr) ranks_->begin(pass.last);
  at::Tensor minimised = loss;
  if (settings_.accumulate_steps > 1) minimised = minimised / settings_.accumulate_steps;
  if (scaler_) minimised = scaler_->scaled(minimised);
  minimised.backward();
  return meters;
}

// The gradients are those of all ranks, so that all skip the update or none does.
void TrainStep::update(double learning_rate) {
  if (scaler_) {
    at::Tensor gradients = arena_.gradients();
    scaler_->unscale(gradients);
    skipped_ = scaler_->overflowed() ? skipped_ + 1 : 0;
    scaler_->update();
    if (skipped_ > kMostSkipped) {
      throw core::DivergedError(core::format(
          "the gradients of {} steps in a row are not finite, at a loss scale of {:.4g} now: the "
          "training has diverged and this state is not saved; try a lower --learning_rate, or "
          "--precision bf16 or fp32",
          skipped_, scaler_->state().scale));
    }
    if (skipped_ > 0) return;
  }
  optimizer_.step(learning_rate);
  arena_.refresh_copy();
}

std::optional<optim::LossScale> TrainStep::loss_scale() const {
  return scaler_ ? std::optional(scaler_->state()) : std::nullopt;
}

void TrainStep::go_on_from(const optim::LossScale& state) {
  if (scaler_) scaler_->go_on_from(state);
}

Meters TrainStep::run(const data::Batch& batch, double learning_rate) {
  const std::vector<ops::MixPartner> mix = plan_mixup(settings_.mixup, batch.epochs, batch.records);
  model_.train();
  const at::Tensor images = images_of(batch, mix);
  const MixedLabels labels = labels_of(batch, mix);
  arena_.zero_gradients();
  Meters meters;
  for (int64_t number = 0; number < settings_.accumulate_steps; ++number) {
    meters += run_pass(pass_of(batch, images, labels, number));
    if (ranks_ == nullptr && !std::isfinite(meters.loss_sum)) return meters;
  }
  if (ranks_ != nullptr) ranks_->finish(meters);
  if (!std::isfinite(meters.loss_sum)) return meters;
  update(learning_rate);
  return meters;
}

}  // namespace train_backbone::train
