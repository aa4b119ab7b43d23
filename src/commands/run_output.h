#pragma once

#include <cstdint>
#include <optional>

#include "commands/run_metrics.h"
#include "commands/run_saver.h"
#include "commands/train_console.h"
#include "train_backbone/data/batch/bad_records.h"
#include "train_backbone/io/run_directory.h"
#include "train_backbone/train/trainer.h"

namespace train_backbone::commands {

// What a run tells and writes: console, metrics, checkpoints and weights. There is one in a run, on
// its first rank. Borrows all it is given.
class RunOutput {
 public:
  struct Settings {
    int64_t validation_records = 0;
    int64_t first_step = 0;
    int64_t keep_metrics_through = 0;  // of the files that are there
    bool quiet = false;
  };

  RunOutput(const Settings& settings, const RunSaver::Parts& parts, ConfigText config,
            uint64_t data_fingerprint, const data::BadRecords& bad_records);

  // In the order in which they must be told.
  void observe(train::Trainer& trainer);
  [[nodiscard]] RunSaver& saver() { return saver_; }
  void finish() { console_.finish(); }

 private:
  TrainConsole console_;
  RunMetrics metrics_;
  RunSaver saver_;
};

}  // namespace train_backbone::commands
