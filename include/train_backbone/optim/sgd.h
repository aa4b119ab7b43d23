#pragma once

#include <ATen/core/Tensor.h>

#include "train_backbone/ops/flat_arena.h"

namespace train_backbone::optim {

// Nesterov SGD over a flat arena; weight decay on the arena's decaying segments only.
// The arena must outlive the optimizer.
class Sgd {
 public:
  Sgd(const ops::FlatArena& arena, double momentum, double weight_decay);
  // One update of the arena's weights from its gradients.
  void step(double learning_rate);
  // Flat momentum [total], zero before the first step. Saved and restored with checkpoints.
  [[nodiscard]] const at::Tensor& momentum_buffer() const { return buffer_; }

 private:
  const ops::FlatArena& arena_;
  double momentum_;
  double weight_decay_;
  at::Tensor buffer_;
};

}  // namespace train_backbone::optim
