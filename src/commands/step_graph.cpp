#include "commands/step_graph.h"

#include "train_backbone/core/errors.h"
#include "train_backbone/core/format.h"
#include "train_backbone/core/log.h"
#include "train_backbone/core/suggest.h"

namespace train_backbone::commands {
namespace {

std::string hindrance(const StepGraphCase& own) {
  if (!own.on_gpu) return "only a GPU has graphs";
  if (own.ranks > 1 && own.sync_bn) {
    return "--sync_bn exchanges statistics between the ranks within a pass";
  }
  return {};
}

}  // namespace

StepGraphCase step_graph_case(const TrainSettings& settings, const ops::Device& device) {
  return {
      .on_gpu = device.on_gpu(), .ranks = settings.world_size, .sync_bn = settings.comm.sync_bn};
}

// Ranks that record give up that gradients travel while the pass still computes. It pays only where
// the GPU waits for the CPU, which depends on network, batch and both machines and is not known
// before it is measured: auto keeps what is right for most.
std::string why_no_step_graph(const std::string& option, const StepGraphCase& own) {
  const std::string wanted = core::fold_name(option);
  if (wanted == "off") return "--cuda_graph off";
  const std::string reason = hindrance(own);
  if (wanted == "on") {
    if (reason.empty()) return {};
    throw core::UsageError(
        core::format("--cuda_graph on: {}; --cuda_graph auto goes on without a graph", reason));
  }
  if (!reason.empty() || own.ranks == 1) return reason;
  return "several ranks exchange gradients during the backward pass";
}

std::string step_graph_text(const std::string& option, const StepGraphCase& own) {
  const std::string reason = why_no_step_graph(option, own);
  if (!reason.empty()) return core::format("no graph: {}", reason);
  return own.ranks > 1 ? "two graphs per step" : "one graph per step";
}

train::TrainStepGraph make_step_graph(const std::string& option, const ops::Device& device,
                                      const StepGraphCase& own) {
  if (!why_no_step_graph(option, own).empty()) return {};
  const auto make = [tensors = device.tensors] { return ops::make_graph(tensors); };
  if (core::fold_name(option) == "on") return {.make = make};
  return {.make = make, .on_failure = [](const core::DeviceError& error) {
            core::log_warning("{}; the training goes on piece by piece, as with --cuda_graph off",
                              error.what());
          }};
}

}  // namespace train_backbone::commands
