#pragma once

#include <vector>

#include "commands/doctor/doctor_command.h"
#include "commands/doctor/finding.h"
#include "commands/run_ranks.h"

namespace train_backbone::commands {

// This rank's findings and those of the others that are not ok (each text once), and what only
// several ranks can find out: sums between them (between their GPUs, too, where they have some) and
// their clocks. Alone: just `own`. Collective.
std::vector<Finding> with_other_ranks(RunRanks& ranks, const DoctorOptions& options,
                                      std::vector<Finding> own);

}  // namespace train_backbone::commands
