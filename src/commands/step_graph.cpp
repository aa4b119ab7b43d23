#include "commands/step_graph.h"

#include "train_backbone/core/errors.h"
#include "train_backbone/core/format.h"
#include "train_backbone/core/log.h"
#include "train_backbone/core/suggest.h"

namespace train_backbone::commands {
namespace {

std::string hindrance(const StepGraphCase& own) {
  if (!own.on_gpu) return "only a GPU has graphs";
  if (own.ranks > 1) return "several ranks exchange gradients within a step";
  return {};
}

}  // namespace

StepGraphCase step_graph_case(const TrainSettings& settings, const ops::Device& device) {
  return {.on_gpu = device.on_gpu(), .ranks = settings.world_size};
}

std::string why_no_step_graph(const std::string& option, const StepGraphCase& own) {
  const std::string wanted = core::fold_name(option);
  if (wanted == "off") return "--cuda_graph off";
  const std::string reason = hindrance(own);
  if (wanted == "on" && !reason.empty()) {
    throw core::UsageError(
        core::format("--cuda_graph on: {}; --cuda_graph auto goes on without a graph", reason));
  }
  return reason;
}

train::TrainStepGraph make_step_graph(const std::string& option, const ops::Device& device,
                                      const StepGraphCase& own) {
  if (!why_no_step_graph(option, own).empty()) return {};
  if (core::fold_name(option) == "on") return {.graph = ops::make_graph(device.tensors)};
  return {.graph = ops::make_graph(device.tensors),
          .on_failure = [](const core::DeviceError& error) {
            core::log_warning("{}; the training goes on piece by piece, as with --cuda_graph off",
                              error.what());
          }};
}

}  // namespace train_backbone::commands
