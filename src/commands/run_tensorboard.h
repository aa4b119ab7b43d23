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
#include "train_backbone/models/classifier.h"
#include "train_backbone/train/observer.h"

namespace train_backbone::commands {

// The numbers of metrics.jsonl for TensorBoard, at the beginning of a run its configuration and the
// first pictures that the network sees, and on demand how its parameters are spread. Borrows what
// it is given.
class RunTensorBoard : public train::TrainObserver {
 public:
  struct Sources {
    const data::BadRecords& bad_records;
    const TimeKeeper& times;
    const models::Classifier& model;
  };

  // `resumed_step`: as RunMetrics. `sample` may be empty. `histograms_every`: epochs; 0: never.
  RunTensorBoard(const io::RunDirectory& directory, int64_t resumed_step, const Sources& sources,
                 const Picture& sample, int64_t histograms_every);

  void on_interval(const train::IntervalReport& report) override;
  void on_epoch(const train::EpochReport& report) override;
  void on_checkpoint(const train::RunState& state) override;

 private:
  void add(const io::MetricRow& row, std::string_view kind);
  void add_beginning(const io::RunDirectory& directory, const Picture& sample);
  void add_histograms(int64_t step);

  io::TensorBoardWriter writer_;
  Sources sources_;
  int64_t histograms_every_;
};

// What a number of metrics.jsonl is called in TensorBoard. kind "interval": "train_loss" is
// "train/loss", other names are "train/NAME"; "epoch": "validation_top1" is "validation/top1",
// other names are "epoch/NAME".
std::string tensorboard_tag(std::string_view kind, std::string_view name);

}  // namespace train_backbone::commands
