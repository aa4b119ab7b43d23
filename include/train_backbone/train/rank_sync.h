#pragma once

#include <ATen/core/Tensor.h>

#include <memory>
#include <vector>

#include "train_backbone/comm/communicator.h"
#include "train_backbone/comm/gradient_reducer.h"
#include "train_backbone/models/classifier.h"
#include "train_backbone/train/meters.h"

namespace train_backbone::train {

// Joins the ranks' parts of one update, so that weights and statistics stay the same bits on all
// ranks. Each rank's loss is the mean over its own samples and all ranks have as many, so that the
// mean of their gradients is that of the joined batch. Not thread safe.
class RankSync {
 public:
  // The communicator and the model are borrowed. `average_statistics`: the running mean and
  // variance of batch normalisation become their mean over ranks after each step (not where the
  // layers compute over all ranks anyway).
  RankSync(comm::Communicator& communicator, std::unique_ptr<comm::GradientReducer> gradients,
           const models::Classifier& model, bool average_statistics);

  // Before each backward pass of an update.
  void begin(bool last_pass);
  // After the last one: gradients and statistics are means over ranks, `meters` sums.
  void finish(Meters& meters);

  // Sums over ranks, exact but for the loss. Collective.
  static void sum(comm::Communicator& communicator, Meters& meters);

 private:
  void average_statistics();

  comm::Communicator& communicator_;
  std::unique_ptr<comm::GradientReducer> gradients_;
  std::vector<at::Tensor> statistics_;  // float, contiguous
  std::vector<double> sums_;            // reused from step to step
};

}  // namespace train_backbone::train
