#pragma once

#include "commands/benchmark_command.h"

namespace train_backbone::commands {

// Measures the all-reduce between the ranks of this launch for sizes from 4 KiB to 64 MiB of fp32,
// the way that gradients take in a run on that device (gradient_sums), in turns with the MPI
// library's own call between hosts' memories where MPI connects them. The first rank prints a table
// and, as the last line, its JSON: ranks, through (which way), and per size bytes, milliseconds
// (median), bus_gigabytes_per_second (bytes x 2 (n - 1) / n in that time, as NCCL's tests count)
// and, with MPI, the same of the library and its ratio. Returns the exit code. Throws
// core::UsageError where this process is the only rank, and as gradient_sums.
int benchmark_allreduce(const BenchmarkOptions& options, const ops::DeviceOptions& device,
                        const OutputOptions& output);

}  // namespace train_backbone::commands
