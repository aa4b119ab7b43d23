#pragma once

#include <cstdint>

#include "commands/time_keeper.h"
#include "train_backbone/data/batch/bad_records.h"
#include "train_backbone/io/metrics_writer.h"
#include "train_backbone/io/run_directory.h"
#include "train_backbone/train/observer.h"

namespace train_backbone::commands {

// metrics.jsonl (a line per logging interval and per epoch, told apart by "kind") and metrics.csv
// (a line per epoch), both ordered by step.
class RunMetrics : public train::TrainObserver {
 public:
  // Lines of later steps than `resumed_step` are dropped; io::kKeepNothing for a new run.
  // `bad_records` is what is counted in each line; borrowed, as `times` is.
  RunMetrics(const io::RunDirectory& directory, int64_t resumed_step,
             const data::BadRecords& bad_records, const TimeKeeper& times);

  void on_interval(const train::IntervalReport& report) override;
  void on_epoch(const train::EpochReport& report) override;
  // A checkpoint must not be newer than the lines that belong to it.
  void on_checkpoint(const train::RunState& state) override;

 private:
  void append(const char* kind, const io::MetricRow& row);

  io::JsonlWriter lines_;
  io::CsvWriter table_;
  const data::BadRecords& bad_records_;
  const TimeKeeper& times_;
};

}  // namespace train_backbone::commands
