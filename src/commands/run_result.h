#pragma once

#include <cstdint>
#include <optional>

#include "train_backbone/io/run_directory.h"
#include "train_backbone/train/run_plan.h"
#include "train_backbone/train/run_state.h"

namespace train_backbone::commands {

// How a run ended. Borrows.
struct RunResult {
  const train::RunPlan& plan;
  const train::RunState& state;
  const io::RunDirectory& directory;
  uint64_t bad_records = 0;
  double images_per_second = 0;
  std::optional<int> signal = {};  // that stopped it
};

// What there is to say of a run that had come to its end before: how it ended, and how to train
// further.
void print_completion(const RunResult& result);

// Where everything is, unless `quiet`, and the last line of output: steps, epochs, top1, top5,
// images_per_second, bad_records, weights, signal (where one stopped it).
void print_result(const RunResult& result, bool quiet);

}  // namespace train_backbone::commands
