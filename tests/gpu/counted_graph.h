#pragma once

#include <functional>
#include <memory>

#include "tests/gpu/gpu.h"
#include "train_backbone/ops/graph.h"
#include "train_backbone/train/train_step.h"

namespace train_backbone::test {

// What the graphs of a step have done.
struct GraphCount {
  int records = 0;
  int replays = 0;
};

// A graph of the GPU that is counted.
class CountedGraph : public ops::Graph {
 public:
  explicit CountedGraph(GraphCount& count) : count_(count), graph_(ops::make_graph(gpu())) {}
  void record(const std::function<at::Tensor()>& work) override {
    graph_->record(work);
    ++count_.records;
  }
  const at::Tensor& replay() override {
    ++count_.replays;
    return graph_->replay();
  }

 private:
  GraphCount& count_;
  std::unique_ptr<ops::Graph> graph_;
};

// `count` is borrowed.
inline train::TrainStepGraph counted_graphs(GraphCount& count) {
  return {.make = [&count] { return std::make_unique<CountedGraph>(count); }};
}

}  // namespace train_backbone::test
