#pragma once

#include <cstdint>

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
  // `bad_records`, borrowed, is what is counted in each line.
  RunMetrics(const io::RunDirectory& directory, int64_t resumed_step,
             const data::BadRecords& bad_records);

  void on_interval(const train::IntervalReport& report) override;
  void on_epoch(const train::EpochReport& report) override;
  // A checkpoint must not be newer than the lines that belong to it.
  void on_checkpoint(const train::RunState& state) override;

 private:
  io::JsonlWriter lines_;
  io::CsvWriter table_;
  const data::BadRecords& bad_records_;
};

}  // namespace train_backbone::commands
