#pragma once

#include <vector>

#include "commands/doctor/data_facts.h"
#include "commands/doctor/finding.h"

namespace train_backbone::commands {

// Shards, index and a sample of the records of one set.
std::vector<Finding> judge_data_set(const DataSetFacts& facts);

// Whether the disk feeds the cores.
Finding judge_disk(const DiskFacts& facts);

}  // namespace train_backbone::commands
