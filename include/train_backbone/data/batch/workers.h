#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "train_backbone/core/allowed_cores.h"

namespace train_backbone::data {

// `workers` option to a number of threads: itself, or for 0 (auto) `cores`, those that this process
// has for itself, less `compute_threads`, at least 1. Warns of what crowding_message() says.
int resolve_workers(int64_t workers, int64_t compute_threads,
                    int64_t cores = core::allowed_cores());

// What to tell a user who gave more workers than there are cores to run them; nothing for 0 (auto)
// and for as many as fit.
std::optional<std::string> crowding_message(int64_t workers, int64_t cores);

}  // namespace train_backbone::data
