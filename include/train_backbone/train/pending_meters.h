#pragma once

#include <ATen/core/Tensor.h>
#include <c10/core/Event.h>

#include <functional>
#include <optional>

#include "train_backbone/train/meters.h"

namespace train_backbone::train {

// The meters of a step that a GPU may still be working on.
class PendingMeters {
 public:
  // Those of a step that is done.
  explicit PendingMeters(const Meters& meters) : meters_(meters) {}
  // `sums`: as count_with_loss() makes them; on a GPU the copy to the host begins behind what the
  // current stream has to do. `while_waiting` is called now and then while get() waits, and may
  // throw.
  PendingMeters(const at::Tensor& sums, std::function<void()> while_waiting);

  // The step was done when this was made. Not whether it is by now, which may differ between ranks.
  [[nodiscard]] bool was_done() const { return !host_sums_.defined(); }
  [[nodiscard]] Meters get() const;

 private:
  Meters meters_;
  at::Tensor host_sums_;
  std::optional<c10::Event> copied_;
  std::function<void()> while_waiting_;
};

}  // namespace train_backbone::train
