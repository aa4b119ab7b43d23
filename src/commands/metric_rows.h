#pragma once

#include <cstdint>

#include "commands/bottleneck.h"
#include "train_backbone/io/metrics_writer.h"
#include "train_backbone/train/observer.h"

// The figures of a report under the names that they have in metrics.jsonl, first of all the step.
namespace train_backbone::commands {

io::MetricRow interval_row(const train::IntervalReport& report, const TrainingTimes& times,
                           uint64_t bad_records);
io::MetricRow epoch_row(const train::EpochReport& report, const TrainingTimes& times,
                        uint64_t bad_records);

}  // namespace train_backbone::commands
