#pragma once

#include <vector>

#include "commands/doctor/doctor_command.h"
#include "commands/doctor/finding.h"
#include "commands/run_ranks.h"

namespace train_backbone::commands {

// What there is to say about this rank's machine and, on one rank per host, about the data as this
// host sees them. Not collective.
std::vector<Finding> check_machine(const DoctorOptions& options, const RunRanks& ranks);

}  // namespace train_backbone::commands
