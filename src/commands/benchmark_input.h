#pragma once

#include "commands/benchmark_command.h"

namespace train_backbone::commands {

// Prints a table of what measure_input() finds and, as the last line, its JSON: images_per_second
// with all workers, workers, pipeline_per_second and plain_decode_per_second of one thread,
// ratio_to_plain_decode, shares of a thread's time, scaling, memory_mib above memory_base_mib.
// Returns the exit code. Throws core::Error.
int benchmark_input(const BenchmarkOptions& options, bool quiet);

}  // namespace train_backbone::commands
