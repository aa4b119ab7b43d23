#pragma once

#include <torch/csrc/autograd/function.h>

#include <cstddef>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "train_backbone/ops/flat_arena.h"

namespace train_backbone::comm {

// Tells when a backward pass has added a parameter's gradient to the arena, as long as it lives.
class GradientHooks {
 public:
  // `arrived` gets the index into arena.slots(), in the thread that runs the pass; what it throws
  // comes out of backward().
  GradientHooks(const ops::FlatArena& arena, const std::function<void(size_t)>& arrived);
  GradientHooks(const GradientHooks&) = delete;
  GradientHooks& operator=(const GradientHooks&) = delete;
  // Not to be called while a backward pass runs.
  ~GradientHooks();

 private:
  // The nodes are held because a parameter holds its own only weakly: it would be made anew,
  // without hook, for the next pass.
  std::vector<std::pair<std::shared_ptr<torch::autograd::Node>, std::uintptr_t>> hooks_;
};

}  // namespace train_backbone::comm
