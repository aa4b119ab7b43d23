#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "commands/run_ranks.h"
#include "train_backbone/ops/device.h"

namespace train_backbone::commands {

// Where a run runs, for people: program, LibTorch, device, system, processor, ranks, threads.
std::vector<std::pair<std::string, std::string>> run_environment(const RunRanks& ranks,
                                                                 const ops::Device& device,
                                                                 int64_t workers);

}  // namespace train_backbone::commands
