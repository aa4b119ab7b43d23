#pragma once

#include <optional>

#include "commands/settings.h"

namespace train_backbone::commands {

// --gpus: where this process was started alone and is to be several, starts them, waits for them
// and returns their exit code; they run this program's own command line. Nothing where this process
// is to train itself: without the option (which a SageMaker job's host with several GPUs does not
// need), for one rank, and under a launcher. Throws
// core::UsageError, core::DeviceError.
std::optional<int> start_ranks(const TrainSettings& settings);

}  // namespace train_backbone::commands
