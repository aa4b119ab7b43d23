#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "commands/settings.h"
#include "train_backbone/io/checkpoint.h"
#include "train_backbone/io/run_directory.h"

namespace train_backbone::commands {

struct ResumePoint {
  std::filesystem::path path;  // the checkpoint's folder
  io::Checkpoint checkpoint;
  bool same_run = false;                       // it lies in --model_dir
  std::vector<std::filesystem::path> damaged;  // newer checkpoints that are not whole

  // The bad_records.csv of the checkpoint's run, whether or not there is one.
  [[nodiscard]] std::filesystem::path bad_records() const;
};

// The checkpoint that --resume_from means: a checkpoint's folder, the newest whole one of a
// --model_dir, or (auto) of this --model_dir. Nothing without --resume_from, and for auto (which
// is then said) when there is none.
// Changes nothing. Throws core::DataError when there is none or it is damaged.
std::optional<ResumePoint> find_resume_point(const TrainSettings& settings);

// Throws core::UsageError when options or training data are not those of the checkpoint.
void check_resume(const ResumePoint& point, const TrainSettings& settings,
                  uint64_t data_fingerprint, int64_t compute_threads);

// Renames the damaged newer checkpoints of this run (to step-N.damaged), so that they do not count
// as generations when old ones are pruned. To be called once the run's folder is owned.
void set_aside_damaged(const ResumePoint& point);

// How --model_dir is to be opened. Throws core::UsageError when --overwrite contradicts.
io::RunStart run_start(const TrainSettings& settings, const std::optional<ResumePoint>& point);

}  // namespace train_backbone::commands
