#pragma once

#include <cstdint>
#include <string>

#include "commands/settings.h"
#include "train_backbone/ops/device.h"
#include "train_backbone/train/train_step.h"

namespace train_backbone::commands {

// What decides whether training steps are recorded.
struct StepGraphCase {
  bool on_gpu = false;
  int64_t ranks = 1;
  bool sync_bn = false;  // ranks exchange statistics within the passes
};

StepGraphCase step_graph_case(const TrainSettings& settings, const ops::Device& device);

// Why steps are not recorded with `option`, a value of --cuda_graph; empty: they are. Throws
// core::UsageError for `on` where they cannot be.
std::string why_no_step_graph(const std::string& option, const StepGraphCase& own);

// What the steps become: "one graph per step", "no graph: REASON".
std::string step_graph_text(const std::string& option, const StepGraphCase& own);

// Nothing where why_no_step_graph() says something. Where a step cannot be recorded after all, auto
// warns and goes on without, and `on` throws core::DeviceError.
train::TrainStepGraph make_step_graph(const std::string& option, const ops::Device& device,
                                      const StepGraphCase& own);

}  // namespace train_backbone::commands
