#include "train_backbone/train/train_step.h"

#include <ATen/ops/empty.h>

#include <cmath>
#include <utility>

namespace train_backbone::train {

TrainStep::TrainStep(models::Classifier& model, ops::FlatArena& arena, optim::Sgd& optimizer,
                     TrainStepSettings settings, RankSync* ranks)
    : model_(model),
      arena_(arena),
      optimizer_(optimizer),
      settings_(std::move(settings)),
      ranks_(ranks) {}

at::Tensor TrainStep::images_of(const data::Batch& batch, std::span<const ops::MixPartner> mix) {
  const std::vector<int64_t> shape{batch.size, 3, batch.height, batch.width};
  if (!images_.defined() || images_.sizes() != at::IntArrayRef(shape)) {
    images_ = ops::empty_images(batch.size, batch.height, batch.width);
  }
  ops::normalise_and_mix(batch.images, settings_.normalisation, mix, images_);
  return images_;
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

Meters TrainStep::run(const data::Batch& batch, double learning_rate) {
  const std::vector<ops::MixPartner> mix = plan_mixup(settings_.mixup, batch.epochs, batch.records);
  model_.train();
  const at::Tensor logits = model_.forward(images_of(batch, mix));
  const at::Tensor loss = cross_entropy(logits, labels_of(batch, mix), settings_.label_smoothing);
  Meters meters = count_correct(logits, batch.labels);
  meters.loss_sum = static_cast<double>(loss.item<float>()) * static_cast<double>(batch.size);
  // With other ranks, which may have finite losses, the pass is made in any case.
  if (ranks_ == nullptr && !std::isfinite(meters.loss_sum)) return meters;
  arena_.zero_gradients();
  if (ranks_ != nullptr) ranks_->begin();
  loss.backward();
  if (ranks_ != nullptr) ranks_->finish(meters);
  if (!std::isfinite(meters.loss_sum)) return meters;
  optimizer_.step(learning_rate);
  return meters;
}

}  // namespace train_backbone::train
