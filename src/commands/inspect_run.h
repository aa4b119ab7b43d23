#pragma once

#include <filesystem>

namespace train_backbone::commands {

// Prints what the folder of a run holds, for which is_run_folder() is true: model, options that
// were given, how far it is, accuracy, checkpoints, weights and report. Last line of output: path,
// kind (run), model, steps, epochs, num_epochs, top1 (of the last validation), best_top1,
// best_epoch, options, checkpoints (their names, newest first), weights, report, damaged, whole.
// What is not there is null. Damage is named on standard error. Returns the exit code: kData when
// something is damaged.
int inspect_run(const std::filesystem::path& path);

}  // namespace train_backbone::commands
