#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "commands/sample_pictures.h"
#include "commands/time_keeper.h"
#include "train_backbone/data/batch/bad_records.h"
#include "train_backbone/io/metrics_writer.h"
#include "train_backbone/io/run_directory.h"
#include "train_backbone/io/tensorboard_writer.h"
#include "train_backbone/train/observer.h"

namespace train_backbone::commands {

// The numbers of metrics.jsonl for TensorBoard, and at the beginning of a run its configuration and
// the first pictures that the network sees. Borrows what it is given.
class RunTensorBoard : public train::TrainObserver {
 public:
  // `resumed_step`: as RunMetrics. `sample` may be empty.
  RunTensorBoard(const io::RunDirectory& directory, int64_t resumed_step,
                 const data::BadRecords& bad_records, const TimeKeeper& times,
                 const Picture& sample);

  void on_interval(const train::IntervalReport& report) override;
  void on_epoch(const train::EpochReport& report) override;
  void on_checkpoint(const train::RunState& state) override;

 private:
  void add(const io::MetricRow& row, std::string_view kind);
  void add_beginning(const io::RunDirectory& directory, const Picture& sample);

  io::TensorBoardWriter writer_;
  const data::BadRecords& bad_records_;
  const TimeKeeper& times_;
};

// What a number of metrics.jsonl is called in TensorBoard. kind "interval": "train_loss" is
// "train/loss", other names are "train/NAME"; "epoch": "validation_top1" is "validation/top1",
// other names are "epoch/NAME".
std::string tensorboard_tag(std::string_view kind, std::string_view name);

}  // namespace train_backbone::commands
