#pragma once

#include "commands/doctor/finding.h"
#include "commands/doctor/machine_facts.h"

// What is to be thought of a machine: pure functions.
namespace train_backbone::commands {

// NCCL and MPI pass data between the ranks of a host through it.
Finding judge_shared_memory(const SharedMemoryFacts& facts);
// Network cards that read memory themselves (EFA, InfiniBand) need it locked.
Finding judge_locked_memory(const LimitFacts& facts);
// Every shard stays open during a run.
Finding judge_open_files(const LimitFacts& facts);
Finding judge_cores(const CoreFacts& facts);
Finding judge_clock(const ClockFacts& facts);
Finding judge_space(const SpaceFacts& facts);

}  // namespace train_backbone::commands
