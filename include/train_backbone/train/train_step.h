#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "train_backbone/data/batch/batch_source.h"
#include "train_backbone/models/classifier.h"
#include "train_backbone/ops/flat_arena.h"
#include "train_backbone/ops/graph.h"
#include "train_backbone/ops/input_stage.h"
#include "train_backbone/ops/step_runner.h"
#include "train_backbone/optim/loss_scaler.h"
#include "train_backbone/optim/sgd.h"
#include "train_backbone/train/loss.h"
#include "train_backbone/train/meters.h"
#include "train_backbone/train/mixup.h"
#include "train_backbone/train/pending_meters.h"
#include "train_backbone/train/rank_sync.h"

namespace train_backbone::train {

struct TrainStepSettings {
  ops::Normalisation normalisation = {};
  MixupSettings mixup = {};
  double label_smoothing = 0;
  int64_t accumulate_steps = 1;  // passes of a step; each takes as many samples, a divisor of all
  at::ScalarType compute_type = at::kFloat;  // of the pictures; 16 bits: the arena has a copy in it
  std::optional<optim::LossScaling> loss_scaling = {};
  bool blind = false;  // on the CPU, too, as on a GPU: see TrainStep::start
};

// How a step is recorded: as one graph or, with ranks, as two, one up to the gradients and one of
// the update, between which the ranks add up.
struct TrainStepGraph {
  std::function<std::unique_ptr<ops::Graph>()> make = {};  // a new one; none: nothing is recorded
  // Told why not; throws, or returns and the step goes on without. With ranks each may go on as it
  // can: they add up the same in the same order either way.
  std::function<void(const core::DeviceError&)> on_failure = {};
};

// One update: pixels -> forward -> loss -> backward -> optimizer, the middle three once per pass. A
// pure function of weights, momentum, batch and rate for a fixed number of compute threads on the
// CPU. Works on the arena's device. Borrows model, arena (made of the model's parameters) and
// optimizer. Not thread safe.
class TrainStep {
 public:
  // `ranks`, borrowed: the other ranks take part in every step; nullptr: there are none.
  // `graph`: of blind steps, else std::invalid_argument, of a model that does not ask other ranks
  // within a pass, as joint batch normalisation does.
  TrainStep(models::Classifier& model, ops::FlatArena& arena, optim::Sgd& optimizer,
            TrainStepSettings settings, RankSync* ranks = nullptr, TrainStepGraph graph = {});

  // Of this rank's part of the batch and, in what is returned, of all: loss sum (smoothed and
  // mixed, as minimised) and accuracy of the batch under the weights before the update, the latter
  // against each sample's own label, which has the larger share. A loss that is NaN or infinite on
  // any rank is returned as it is, and no weight is updated then; nor where the loss is finite but
  // scaled gradients are not. Throws core::DivergedError when that happens step after step.
  Meters run(const data::Batch& batch, double learning_rate) {
    return start(batch, learning_rate).get();
  }
  // The same, not waiting for a GPU: nobody sees a number before the step is over, and the weights
  // are updated also by a loss that is NaN or infinite. `batch` is not needed any more.
  PendingMeters start(const data::Batch& batch, double learning_rate);

  // Whether there is to be a graph and it has not turned out to be impossible.
  [[nodiscard]] bool has_graph() const { return runner_.has_graph(); }

  // As ops::InputStage says.
  [[nodiscard]] double seconds_waited_for_pixels() const { return input_.seconds_waited(); }

  // For a checkpoint; nothing without loss scaling. Throws core::DivergedError as run() does.
  [[nodiscard]] std::optional<optim::LossScale> loss_scale() const;
  void go_on_from(const optim::LossScale& state);

 private:
  // What goes through the network at once.
  struct Pass {
    at::Tensor images;
    MixedLabels labels;
    bool last = true;
  };

  [[nodiscard]] Pass pass_of(const at::Tensor& images, const MixedLabels& labels,
                             int64_t number) const;
  Meters run_pass(const Pass& pass, std::span<const int64_t> own_labels);
  void differentiate(const at::Tensor& loss) const;
  // The rate is the product of both, the second of which may be undefined.
  void update(double learning_rate, const at::Tensor& rate);
  at::Tensor blind_passes(const std::vector<at::Tensor>& inputs, bool recorded);
  at::Tensor run_blind(const std::vector<at::Tensor>& inputs);
  [[nodiscard]] ops::StepRunner::Body body_of_passes();
  [[nodiscard]] ops::StepRunner::Body body_of_update();
  void check_scale() const;
  Meters run_passes(const data::Batch& batch, std::span<const ops::MixPartner> mix,
                    double learning_rate);
  PendingMeters start_blind(const data::Batch& batch, std::span<const ops::MixPartner> mix,
                            double learning_rate);

  models::Classifier& model_;
  ops::FlatArena& arena_;
  optim::Sgd& optimizer_;
  TrainStepSettings settings_;
  RankSync* ranks_;
  std::optional<optim::LossScaler> scaler_;
  int64_t unchecked_ = 0;  // updates since the scaler was last looked at
  ops::InputStage input_;
  // Of blind steps: all of one or, with ranks, all up to the gradients and the rest.
  ops::StepRunner runner_;
  ops::StepRunner update_runner_;
};

}  // namespace train_backbone::train
