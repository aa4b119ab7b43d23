#pragma once

#include <ATen/core/Tensor.h>

#include <vector>

#include "train_backbone/ops/flat_arena.h"
#include "train_backbone/ops/sgd.h"
#include "train_backbone/optim/parameter_groups.h"

namespace train_backbone::optim {

// Nesterov SGD over a flat arena, each group of it with its own weight decay and learning rate.
// The arena must outlive the optimizer.
class Sgd {
 public:
  // `groups` by the number of the arena's groups. Throws std::invalid_argument when one is missing.
  Sgd(const ops::FlatArena& arena, double momentum, std::vector<GroupSettings> groups);
  // One update of the arena's weights from its gradients, at `learning_rate` times the factor of
  // each group. `extras` as of ops::nesterov_sgd(), of the whole arena.
  void step(double learning_rate, const ops::SgdExtras& extras = {});
  // Flat momentum [total], zero before the first step. Saved and restored with checkpoints.
  [[nodiscard]] const at::Tensor& momentum_buffer() const { return buffer_; }

 private:
  const ops::FlatArena& arena_;
  double momentum_;
  std::vector<GroupSettings> groups_;
  at::Tensor buffer_;
};

}  // namespace train_backbone::optim
