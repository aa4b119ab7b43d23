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

c10::Device Evaluator::device_of(const models::Classifier& model) {
  const auto parameters = model.parameters();
  return parameters.empty() ? c10::Device(c10::kCPU) : parameters.front().device();
}

// On a GPU the sums stay there until the end, so that nothing waits for it.
void Evaluator::count(const EvaluatedBatch& evaluated, Meters& total, at::Tensor& gpu_sums) const {
  const auto& [batch, images, logits] = evaluated;
  const MixedLabels labels{
      .labels = input_.place(label_tensor(batch.labels)), .partner_labels = {}, .weight = {}};
  const at::Tensor mean_loss = cross_entropy(logits, labels, 0);
  if (!logits.is_cpu()) {
    const at::Tensor sums = count_with_loss(logits, labels.labels, mean_loss);
    gpu_sums = gpu_sums.defined() ? gpu_sums + sums : sums;
    return;
  }
  Meters meters = count_correct(logits, batch.labels);
  meters.loss_sum = static_cast<double>(mean_loss.item<float>()) * static_cast<double>(batch.size);
  total += meters;
}

std::optional<Meters> Evaluator::evaluate(data::BatchSource& batches,
                                          const std::function<bool()>& stop,
                                          const BatchObserver& observer) {
  const at::NoGradGuard no_gradients;
  const EvaluationMode mode(model_);
  Meters total;
  at::Tensor gpu_sums;
  bool left_out = false;
  while (true) {
    if (stop && stop()) return std::nullopt;
    std::optional<data::Batch> batch = batches.next();
    if (!batch) {
      if (gpu_sums.defined()) total = meters_of(gpu_sums.cpu());
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
    const at::Tensor images = input_.images(
        batch->images, {.count = batch->size, .height = batch->height, .width = batch->width},
        normalisation_, {});
    const at::Tensor logits = model_.forward(images.to(compute_type_));
    const EvaluatedBatch evaluated{.batch = *batch, .images = images, .logits = logits};
    count(evaluated, total, gpu_sums);
    if (observer) observer(evaluated);
    batches.recycle(std::move(*batch));
  }
}

}  // namespace train_backbone::train
