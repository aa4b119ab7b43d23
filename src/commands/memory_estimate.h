#pragma once

#include <cstdint>
#include <string>

#include "commands/settings.h"
#include "train_backbone/ops/precision.h"

namespace train_backbone::commands {

// Bytes of the largest parts of a rank's memory during training.
struct MemoryEstimate {
  int64_t state = 0;        // weights, gradients, momentum
  int64_t activations = 0;  // of one pass, kept for the backward pass
  int64_t batches = 0;      // that the loader holds

  [[nodiscard]] int64_t total() const { return state + activations + batches; }
};

// Computes two pictures on the CPU and counts what LibTorch keeps of them; the rest follows from
// the sizes.
MemoryEstimate estimate_memory(const TrainSettings& settings, ops::Precision precision,
                               int64_t workers);

// What to say where `ranks` such ranks on a host with `available` bytes do not fit: what they need,
// and the options with which the same steps would. Empty where they fit.
std::string memory_warning(const MemoryEstimate& estimate, const TrainSettings& settings,
                           int64_t ranks, int64_t available);

}  // namespace train_backbone::commands
