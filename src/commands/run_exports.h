#pragma once

#include <filesystem>
#include <vector>

#include "commands/settings.h"
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

}  // namespace train_backbone::commands
