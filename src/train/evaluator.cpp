#include "train_backbone/train/evaluator.h"

#include <ATen/core/grad_mode.h>

#include "train_backbone/core/errors.h"
#include "train_backbone/train/loss.h"

namespace train_backbone::train {
namespace {

// Puts a module into evaluation mode and back into the mode it was in.
class EvaluationMode {
 public:
  explicit EvaluationMode(models::Classifier& model)
      : model_(model), was_training_(model.is_training()) {
    model_.eval();
  }
  EvaluationMode(const EvaluationMode&) = delete;
  EvaluationMode& operator=(const EvaluationMode&) = delete;
  ~EvaluationMode() { model_.train(was_training_); }

 private:
  models::Classifier& model_;
  bool was_training_;
};

}  // namespace

std::optional<Meters> Evaluator::evaluate(data::BatchSource& batches,
                                          const std::function<bool()>& stop,
                                          const BatchObserver& observer) {
  const at::NoGradGuard no_gradients;
  const EvaluationMode mode(model_);
  Meters total;
  bool left_out = false;
  while (true) {
    if (stop && stop()) return std::nullopt;
    std::optional<data::Batch> batch = batches.next();
    if (!batch) {
      if (sum_over_ranks_) sum_over_ranks_(total);
      if (total.count == 0 && left_out) {
        throw core::DataError("validation", "every record of it is damaged");
      }
      return total;
    }
    if (batch->size == 0) {  // all its records are damaged, or other ranks have more batches
      left_out = true;
      batches.recycle(std::move(*batch));
      continue;
    }
    const at::Tensor images = ops::empty_images(batch->size, batch->height, batch->width);
    ops::normalise_and_mix(batch->images, normalisation_, {}, images);
    const at::Tensor logits = model_.forward(images.to(compute_type_));
    const MixedLabels labels{
        .labels = label_tensor(batch->labels), .partner_labels = {}, .weight = {}};
    Meters meters = count_correct(logits, batch->labels);
    const double mean_loss = cross_entropy(logits, labels, 0).item<float>();
    meters.loss_sum = mean_loss * static_cast<double>(batch->size);
    total += meters;
    if (observer) observer({.batch = *batch, .images = images, .logits = logits});
    batches.recycle(std::move(*batch));
  }
}

}  // namespace train_backbone::train
