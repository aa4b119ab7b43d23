#include "train_backbone/optim/sgd.h"

#include <ATen/ops/zeros_like.h>

#include <stdexcept>
#include <utility>

#include "train_backbone/core/format.h"

namespace train_backbone::optim {

Sgd::Sgd(const ops::FlatArena& arena, double momentum, std::vector<GroupSettings> groups)
    : arena_(arena),
      momentum_(momentum),
      groups_(std::move(groups)),
      buffer_(at::zeros_like(arena.weights())) {
  for (const ops::ArenaSegment& segment : arena.segments()) {
    if (segment.group < groups_.size()) continue;
    throw std::invalid_argument(
        core::format("Sgd: no settings for group {} of the arena", segment.group));
  }
}

void Sgd::step(double learning_rate, const ops::SgdExtras& extras) {
  for (const ops::ArenaSegment& segment : arena_.segments()) {
    const auto part = [&](const at::Tensor& flat) {
      return flat.defined() ? flat.narrow(0, segment.begin, segment.end - segment.begin) : flat;
    };
    ops::SgdExtras own = extras;
    own.copy = part(extras.copy);
    const GroupSettings& group = groups_[segment.group];
    ops::nesterov_sgd(part(arena_.weights()), part(arena_.gradients()), part(buffer_),
                      {.learning_rate = learning_rate * group.learning_rate_factor,
                       .momentum = momentum_,
                       .weight_decay = group.weight_decay},
                      own);
  }
}

}  // namespace train_backbone::optim
