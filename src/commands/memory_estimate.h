#pragma once

#include <cstdint>
#include <string>

#include "commands/settings.h"
#include "train_backbone/ops/precision.h"

namespace train_backbone::commands {

// Bytes of the largest parts of a rank's memory during training.
struct MemoryEstimate {
  int64_t state = 0;        // weights, gradients, momentum
  int64_t activations = 0;  // of one pass, and those of their gradients that stand beside them
  int64_t inputs = 0;       // a step's pictures as the network sees them
  int64_t batches = 0;      // that the loader holds
  int64_t program = 0;      // LibTorch's code and what it keeps

  [[nodiscard]] int64_t total() const { return state + activations + inputs + batches + program; }
};

// Computes two pictures on the CPU and counts what LibTorch keeps of them; the rest follows from
// the sizes. Within about a tenth of what ResNets were seen to take, mostly above.
MemoryEstimate estimate_memory(const TrainSettings& settings, ops::Precision precision,
                               int64_t workers);

// What to say where `ranks` such ranks on a host with `available` bytes do not fit: what they need,
// and the options with which the same steps would. Empty where they fit.
std::string memory_warning(const MemoryEstimate& estimate, const TrainSettings& settings,
                           int64_t ranks, int64_t available);

}  // namespace train_backbone::commands
