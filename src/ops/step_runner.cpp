#include "train_backbone/ops/step_runner.h"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/empty_like.h>

#include <utility>

namespace train_backbone::ops {
namespace {

// cuDNN looks for its fastest algorithms, and libraries take their memory, in the first ones.
constexpr int64_t kWarmUp = 3;

bool are_alike(const at::Tensor& a, const at::Tensor& b) {
  if (!a.defined() || !b.defined()) return a.defined() == b.defined();
  return a.sizes() == b.sizes() && a.scalar_type() == b.scalar_type() && a.device() == b.device();
}

}  // namespace

StepRunner::StepRunner(Body body, std::unique_ptr<Graph> graph,
                       std::function<void(const core::DeviceError&)> on_failure)
    : body_(std::move(body)), graph_(std::move(graph)), on_failure_(std::move(on_failure)) {}

bool StepRunner::fit(const std::vector<at::Tensor>& inputs) const {
  if (inputs.size() != inputs_.size()) return false;
  for (size_t i = 0; i < inputs.size(); ++i) {
    if (!are_alike(inputs[i], inputs_[i])) return false;
  }
  return true;
}

void StepRunner::take(const std::vector<at::Tensor>& inputs) {
  const at::NoGradGuard no_grad;
  for (size_t i = 0; i < inputs.size(); ++i) {
    if (inputs[i].defined()) inputs_[i].copy_(inputs[i], /*non_blocking=*/true);
  }
}

bool StepRunner::record(const std::vector<at::Tensor>& inputs) {
  for (size_t i = 0; i < inputs.size(); ++i) {
    if (inputs[i].defined()) inputs_[i] = at::empty_like(inputs[i]);
  }
  try {
    graph_->record([this] { return body_(inputs_, /*recorded=*/true); });
    recorded_ = true;
  } catch (const core::DeviceError& error) {
    graph_.reset();
    inputs_.clear();
    if (!on_failure_) throw;
    on_failure_(error);
  }
  return recorded_;
}

// Whether the graph computes this run.
bool StepRunner::prepare(const std::vector<at::Tensor>& inputs) {
  if (!graph_) return false;
  const bool known = fit(inputs);
  if (recorded_) return known;
  if (!known) {
    inputs_ = inputs;
    warm_ = 0;
  }
  if (warm_ < kWarmUp) {
    ++warm_;
    return false;
  }
  return record(inputs);
}

at::Tensor StepRunner::run(const std::vector<at::Tensor>& inputs) {
  replayed_ = prepare(inputs);
  if (!replayed_) return body_(inputs, /*recorded=*/false);
  take(inputs);
  const at::Tensor& result = graph_->replay();
  return result.defined() ? result.clone() : result;
}

}  // namespace train_backbone::ops
