#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <stdexcept>
#include <utility>

#include "train_backbone/core/errors.h"
#include "train_backbone/ops/graph.h"

namespace train_backbone::test {

// What the graphs of a test have done.
struct GraphCount {
  int records = 0;
  int replays = 0;
  bool replaying = false;
};

// Computes nothing while it records; its result is always the same memory.
class FakeGraph : public ops::Graph {
 public:
  explicit FakeGraph(GraphCount& count) : count_(count) {}
  void record(const std::function<at::Tensor()>& work) override {
    EXPECT_FALSE(work_) << "recorded twice";
    work_ = work;
    ++count_.records;
  }
  const at::Tensor& replay() override {
    ++count_.replays;
    count_.replaying = true;
    const at::Tensor result = work_();
    count_.replaying = false;
    if (!result.defined()) return result_;
    if (!result_.defined()) result_ = result.clone();
    return result_.copy_(result);
  }

 private:
  GraphCount& count_;
  std::function<at::Tensor()> work_;
  at::Tensor result_;
};

class UnableGraph : public ops::Graph {
 public:
  void record(const std::function<at::Tensor()>& /*work*/) override {
    throw core::DeviceError("not today");
  }
  const at::Tensor& replay() override { throw std::logic_error("nothing was recorded"); }
};

}  // namespace train_backbone::test
