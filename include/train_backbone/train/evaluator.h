#pragma once

#include <ATen/core/Tensor.h>

#include <functional>
#include <optional>
#include <utility>

#include "train_backbone/data/batch/batch_source.h"
#include "train_backbone/models/classifier.h"
#include "train_backbone/ops/input_stage.h"
#include "train_backbone/train/meters.h"

namespace train_backbone::train {

// A batch as the model saw it; valid during the call only.
struct EvaluatedBatch {
  const data::Batch& batch;
  const at::Tensor& images;  // [N, 3, H, W], normalised, on the model's device
  const at::Tensor& logits;  // [N, C], the same
};

// Exact validation: every sample of a source counts once, whatever the size of the last batch.
// The loss is plain cross-entropy, without label smoothing. Works on the model's device. Borrows
// the model. Not thread safe.
class Evaluator {
 public:
  using BatchObserver = std::function<void(const EvaluatedBatch&)>;

  // `compute_type`: of the pictures. `sum_over_ranks`: joins what the ranks have counted, each of
  // its own batches; all ranks then have to make as many (some may be empty). Empty: there is one
  // rank.
  Evaluator(models::Classifier& model, ops::Normalisation normalisation,
            at::ScalarType compute_type = at::kFloat,
            std::function<void(Meters&)> sum_over_ranks = {})
      : model_(model),
        normalisation_(normalisation),
        compute_type_(compute_type),
        sum_over_ranks_(std::move(sum_over_ranks)),
        input_(device_of(model)) {}

  // Runs the model in evaluation mode and leaves it in the mode it was in.
  // `stop` is asked before each batch; nothing is returned when it said so.
  std::optional<Meters> evaluate(data::BatchSource& batches, const std::function<bool()>& stop = {},
                                 const BatchObserver& observer = {});

 private:
  static c10::Device device_of(const models::Classifier& model);
  void count(const EvaluatedBatch& evaluated, Meters& total, at::Tensor& gpu_sums) const;

  models::Classifier& model_;
  ops::Normalisation normalisation_;
  at::ScalarType compute_type_;
  std::function<void(Meters&)> sum_over_ranks_;
  ops::InputStage input_;
};

}  // namespace train_backbone::train
