#pragma once

#include "commands/benchmark_command.h"

namespace train_backbone::commands {

// Times training steps of --model on synthetic pictures. Prints a table and, as the last line, its
// JSON: images_per_second and milliseconds of the median step, milliseconds_p10 and _p90,
// milliseconds of the parts, peak memory_mib, gigaflops per second (two for each multiply-add,
// three passes) and what was measured. Returns the exit code. Throws core::Error.
int benchmark_step(const BenchmarkOptions& options, const ops::DeviceOptions& device, bool quiet);

}  // namespace train_backbone::commands
