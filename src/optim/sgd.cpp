#include "train_backbone/optim/sgd.h"

#include <ATen/ops/zeros_like.h>

#include "train_backbone/ops/sgd.h"

namespace train_backbone::optim {

Sgd::Sgd(const ops::FlatArena& arena, double momentum, double weight_decay)
    : arena_(arena),
      momentum_(momentum),
      weight_decay_(weight_decay),
      buffer_(at::zeros_like(arena.weights())) {}

void Sgd::step(double learning_rate) {
  for (const ops::ArenaSegment& segment : arena_.segments()) {
    const auto part = [&](const at::Tensor& flat) {
      return flat.narrow(0, segment.begin, segment.end - segment.begin);
    };
    ops::nesterov_sgd(part(arena_.weights()), part(arena_.gradients()), part(buffer_),
                      {.learning_rate = learning_rate,
                       .momentum = momentum_,
                       .weight_decay = segment.decay ? weight_decay_ : 0});
  }
}

}  // namespace train_backbone::optim
