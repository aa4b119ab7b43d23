#pragma once

#include <cstdint>
#include <optional>

#include "commands/report_writer.h"
#include "commands/run_metrics.h"
#include "commands/run_saver.h"
#include "commands/run_tensorboard.h"
#include "commands/sample_pictures.h"
#include "commands/time_keeper.h"
#include "commands/train_console.h"
#include "train_backbone/data/batch/bad_records.h"
#include "train_backbone/io/run_directory.h"
#include "train_backbone/train/trainer.h"

namespace train_backbone::commands {

// What a run tells and writes: console, metrics, TensorBoard, report, checkpoints and weights.
// There is one in a run, on its first rank. Borrows all it is given.
class RunOutput {
 public:
  struct Settings {
    TrainConsole::Settings console;
    int64_t keep_metrics_through = 0;  // of the files that are there
    bool tensorboard = true;
    int64_t histograms_every = 0;  // epochs; 0: never
    TrainingTimes work;            // what a rank works with
    TimeKeeper::Clocks clocks;
    Picture sample;  // the first pictures of the run
    io::ReportFacts report;
  };

  RunOutput(const Settings& settings, const RunSaver::Parts& parts, ConfigText config,
            uint64_t data_fingerprint, const data::BadRecords& bad_records);

  // In the order in which they must be told.
  void observe(train::Trainer& trainer);
  [[nodiscard]] RunSaver& saver() { return saver_; }
  void finish();

 private:
  TimeKeeper times_;
  TrainConsole console_;
  RunMetrics metrics_;
  std::optional<RunTensorBoard> tensorboard_;
  ReportWriter report_;
  RunSaver saver_;
};

}  // namespace train_backbone::commands
