#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "commands/step_benchmark.h"

namespace train_backbone::commands {

// What `benchmark step` says: the last line of its output, and the lines for people above it.
// How the step stands to what the GPU's maker promises is null in the one and missing in the other
// where that is not known, as of CPUs.
nlohmann::ordered_json step_report(const StepBenchmarkSettings& settings,
                                   const StepBenchmark& result);
std::string step_table(const StepBenchmarkSettings& settings, const nlohmann::ordered_json& report);

}  // namespace train_backbone::commands
