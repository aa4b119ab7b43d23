#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <memory>

#include "train_backbone/data/batch/batch_source.h"
#include "train_backbone/models/backbone.h"
#include "train_backbone/ops/flat_arena.h"
#include "train_backbone/optim/parameter_groups.h"
#include "train_backbone/optim/sgd.h"
#include "train_backbone/train/train_step.h"

namespace train_backbone::test {

// ResNet-18 V1b of ten classes at its first weights, which are the same on every device, with all
// that trains it.
struct Network {
  // `type`: what it computes in; weights and updates are fp32.
  explicit Network(c10::Device device, at::ScalarType type = at::kFloat, bool fused_kernels = true);

  // Weights, momentum and statistics, one after the other, on the CPU.
  [[nodiscard]] at::Tensor state() const;

  std::shared_ptr<models::Backbone> model;
  optim::ParameterGroups groups;
  ops::FlatArena arena;
  optim::Sgd optimizer;
};

// Label smoothing, mixup, and for fp16 dynamic loss scaling.
train::TrainStepSettings step_settings(at::ScalarType type);

// Pictures of noise at 32 pixels and their labels; another number: others.
data::Batch noise_batch(int64_t size, int64_t number);

}  // namespace train_backbone::test
