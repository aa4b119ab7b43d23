#pragma once

#include <filesystem>
#include <vector>

#include "commands/settings.h"
#include "train_backbone/io/run_directory.h"
#include "train_backbone/models/key_map.h"

// What a run leaves for detectors: its weights with the names and in the container of their
// programs.
namespace train_backbone::commands {

// The programs that --job_exports asks for; "auto": every detector that has the network and
// computes the same with it. timm is not among those, as our own files have its names.
// Throws core::UsageError for a name that is unknown, and for a program that could not use the
// weights.
std::vector<models::Naming> programs_to_export_for(const TrainSettings& settings);

// Writes PROGRAM.ENDING for each program into `folder`, made if need be, read back and compared,
// and PROGRAM.txt with what to paste there to load it. Throws as io::export_weights().
void write_exports(const std::filesystem::path& weights,
                   const std::vector<models::Naming>& programs,
                   const std::filesystem::path& folder);

// Gives what a run has made to the SageMaker job that it is, if it is one: weights, report and the
// exports, of which one that cannot be made is only warned of.
void hand_over_to_job(const TrainSettings& settings, const io::RunDirectory& directory);

}  // namespace train_backbone::commands
