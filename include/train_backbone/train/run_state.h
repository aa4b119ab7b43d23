#pragma once

#include <cstdint>
#include <optional>

#include "train_backbone/io/checkpoint.h"
#include "train_backbone/models/classifier.h"
#include "train_backbone/ops/flat_arena.h"
#include "train_backbone/optim/loss_scaler.h"
#include "train_backbone/optim/sgd.h"
#include "train_backbone/train/meters.h"

namespace train_backbone::train {

// A validation and the step after which it was made.
struct Validation {
  int64_t step = 0;
  Meters meters;
};

// Where a run stands, besides its weights. Written by Trainer only.
struct RunState {
  int64_t step = 0;         // updates done
  int64_t closed_step = 0;  // last step whose end of epoch (or of run) has been dealt with
  Meters epoch;             // of the epoch in progress
  Meters interval;          // since the last line of metrics
  double best_top1 = -1;    // percent; -1 before the first validation
  int64_t best_step = -1;
  std::optional<Validation> validation;  // the latest
  std::optional<optim::LossScale> loss_scale;
};

// Parameters and buffers under their names (timm's); they share the model's memory.
io::NamedTensors model_tensors(const models::Classifier& model);

// The whole state as a checkpoint; its tensors share memory with model and optimizer, so it is to
// be written before the next step. config and data_fingerprint are left to the caller.
io::Checkpoint capture(const RunState& state, const models::Classifier& model,
                       const ops::FlatArena& arena, const optim::Sgd& optimizer);

// Puts a checkpoint's tensors into model and optimizer and returns its state. `path` is for
// messages. Throws as io::apply_tensors.
RunState restore(const io::Checkpoint& checkpoint, const std::filesystem::path& path,
                 const models::Classifier& model, const ops::FlatArena& arena,
                 const optim::Sgd& optimizer);

}  // namespace train_backbone::train
