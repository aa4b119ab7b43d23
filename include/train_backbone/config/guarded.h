#pragma once

#include <functional>

namespace train_backbone::config {

// Runs `body` and turns what it throws into one line "error: WHAT" on standard error and the exit
// code of core::ExitCode; whatever is not a core::Error counts as an internal error.
// A reader of standard output that goes away ends the output, never the process.
int run_guarded(const std::function<int()>& body);

}  // namespace train_backbone::config
