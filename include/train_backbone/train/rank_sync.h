#pragma once

#include <ATen/core/Tensor.h>

#include <memory>
#include <vector>

#include "train_backbone/comm/communicator.h"
#include "train_backbone/comm/device_ranks.h"
#include "train_backbone/comm/gradient_reducer.h"
#include "train_backbone/models/classifier.h"
#include "train_backbone/train/meters.h"

namespace train_backbone::train {

// Joins the ranks' parts of one update, so that weights and statistics stay the same bits on all
// ranks. Each rank's loss is the mean over its own samples and all ranks have as many, so that the
// mean of their gradients is that of the joined batch. Not thread safe.
class RankSync {
 public:
  // The communicator, the model and `device` are borrowed. `device`: where the model is on a GPU;
  // else nullptr. `average_statistics`: the running mean and
  // variance of batch normalisation become their mean over ranks after each step (not where the
  // layers compute over all ranks anyway).
  RankSync(comm::Communicator& communicator, std::unique_ptr<comm::GradientReducer> gradients,
           const models::Classifier& model, bool average_statistics,
           comm::DeviceRanks* device = nullptr);

  // Before each backward pass of an update.
  void begin(bool last_pass);
  // After the last one: gradients and statistics are means over ranks, `meters` sums.
  void finish(Meters& meters);
  // The same on a GPU, for `sums` as count_with_loss() makes them; the host waits for nothing.
  void finish_on_gpu(at::Tensor& sums);
  // In place of begin() and finish_on_gpu(), behind passes that were replayed: the ranks add up the
  // same, in the same order.
  void reduce_on_gpu(at::Tensor& sums);
  // On a GPU: throws core::DeviceError when the ranks have lost each other.
  void check() { device_->check(); }

  // Sums over ranks, exact but for the loss. Collective.
  static void sum(comm::Communicator& communicator, Meters& meters);

 private:
  void average_statistics();
  void join_on_gpu(at::Tensor& sums);

  comm::Communicator& communicator_;
  std::unique_ptr<comm::GradientReducer> gradients_;
  std::vector<at::Tensor> statistics_;  // float, contiguous
  std::vector<double> sums_;            // reused from step to step
  comm::DeviceRanks* device_;
};

}  // namespace train_backbone::train
