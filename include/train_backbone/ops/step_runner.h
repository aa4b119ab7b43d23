#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "train_backbone/core/errors.h"
#include "train_backbone/ops/graph.h"

namespace train_backbone::ops {

// Runs the same work again and again: each time anew or, with a graph, recorded after a few runs
// and then replayed, which spares the host handing it out piece by piece. The arithmetic is the
// same. Not thread safe.
class StepRunner {
 public:
  // Returns a tensor of the same kind for inputs of the same kind, or an undefined one. With a
  // graph: all that differs from run to run are the inputs and what lies in memory that stays where
  // it is; the host's own numbers are those of the recording. Inputs may be undefined. `recorded`:
  // this is for the graph, and what is not work for the device is not to be done.
  using Body = std::function<at::Tensor(const std::vector<at::Tensor>& inputs, bool recorded)>;

  // `on_failure` is told when the body cannot be recorded; when it returns, this run and all later
  // ones go on without a graph. Without it, run() throws the error.
  explicit StepRunner(Body body, std::unique_ptr<Graph> graph = nullptr,
                      std::function<void(const core::DeviceError&)> on_failure = {});

  // The inputs may be changed afterwards, and later runs do not change the result. Inputs of other
  // shapes than those recorded run without the graph in between.
  at::Tensor run(const std::vector<at::Tensor>& inputs);
  [[nodiscard]] bool has_graph() const { return graph_ != nullptr; }
  [[nodiscard]] bool is_recorded() const { return recorded_; }
  // Whether the last run replayed the graph, so that the body was not called for it.
  [[nodiscard]] bool has_replayed() const { return replayed_; }

 private:
  [[nodiscard]] bool fit(const std::vector<at::Tensor>& inputs) const;
  void take(const std::vector<at::Tensor>& inputs);
  bool record(const std::vector<at::Tensor>& inputs);
  bool prepare(const std::vector<at::Tensor>& inputs);

  Body body_;
  std::unique_ptr<Graph> graph_;
  std::function<void(const core::DeviceError&)> on_failure_;
  std::vector<at::Tensor> inputs_;  // where the graph reads them; before: shaped as the last ones
  int64_t warm_ = 0;                // runs in a row with inputs of that kind
  bool recorded_ = false;
  bool replayed_ = false;
};

}  // namespace train_backbone::ops
