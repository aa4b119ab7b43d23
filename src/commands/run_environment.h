#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "commands/run_ranks.h"

namespace train_backbone::commands {

// Where a run runs, for people: program, LibTorch, system, processor, ranks, threads.
std::vector<std::pair<std::string, std::string>> run_environment(const RunRanks& ranks,
                                                                 int64_t compute_threads,
                                                                 int64_t workers);

}  // namespace train_backbone::commands
