#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <memory>
#include <string>

#include "train_backbone/models/registry.h"
#include "train_backbone/ops/flat_arena.h"

namespace train_backbone::comm {

enum class Weights {
  kHashed,   // random ones everywhere: every gradient counts
  kInitial,  // as training begins: the last scale of a residual branch is zero
};

// What all ranks compute on.
struct Task {
  std::string model;
  at::ScalarType type = at::kFloat;
  int64_t images = 8;  // of the joined batch
  int64_t pixels = 32;
  Weights weights = Weights::kHashed;
};

// A network in training with an arena, pictures and labels: all a pure function of the task, so
// that every rank that makes one has the same. Computes on one thread, also in others.
class Replica {
 public:
  explicit Replica(const Task& task);

  [[nodiscard]] models::Backbone& model() { return *model_; }
  [[nodiscard]] ops::FlatArena& arena() { return *arena_; }
  // Mean cross-entropy of images [begin, end).
  at::Tensor loss(int64_t begin, int64_t end);

 private:
  std::shared_ptr<models::Backbone> model_;
  std::unique_ptr<ops::FlatArena> arena_;
  at::Tensor images_;  // channels-last
  at::Tensor labels_;
};

}  // namespace train_backbone::comm
