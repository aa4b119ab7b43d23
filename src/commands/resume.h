#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "commands/settings.h"
#include "train_backbone/io/checkpoint.h"
#include "train_backbone/io/run_directory.h"

namespace train_backbone::commands {

struct ResumePoint {
  std::filesystem::path path;  // the checkpoint's folder
  io::Checkpoint checkpoint;
  bool same_run = false;  // it lies in --model_dir
};

// The checkpoint that --resume_from means: a checkpoint's folder, the newest whole one of a
// --model_dir, or (auto) of this --model_dir. Nothing without --resume_from, and for auto (which
// is then said) when there is none.
// Throws core::DataError when there is none or it is damaged.
std::optional<ResumePoint> find_resume_point(const TrainSettings& settings);

// Throws core::UsageError when options or training data are not those of the checkpoint.
void check_resume(const ResumePoint& point, const TrainSettings& settings,
                  uint64_t data_fingerprint, int64_t compute_threads);

// How --model_dir is to be opened. Throws core::UsageError when --overwrite contradicts.
io::RunStart run_start(const TrainSettings& settings, const std::optional<ResumePoint>& point);

}  // namespace train_backbone::commands
