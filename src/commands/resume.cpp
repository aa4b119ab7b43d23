#include "commands/resume.h"

#include <system_error>
#include <utility>

#include "commands/run_config.h"
#include "train_backbone/core/errors.h"
#include "train_backbone/core/format.h"
#include "train_backbone/core/log.h"
#include "train_backbone/io/checkpoint_folder.h"

namespace train_backbone::commands {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kAuto = "auto";
constexpr std::string_view kCheckpoints = "checkpoints";

bool is_folder(const fs::path& path) {
  std::error_code ignored;
  return fs::is_directory(path, ignored);
}

// The same path without a slash at its end, which would make its last name empty.
fs::path without_slash(const fs::path& path) {
  return path.has_filename() ? path : path.parent_path();
}

// The saves of a run that goes on from an older checkpoint would be pruned as the older ones.
void refuse_older(const fs::path& checkpoint) {
  const fs::path newest = io::list_checkpoints(checkpoint.parent_path()).front();
  if (io::checkpoint_step(newest) == io::checkpoint_step(checkpoint)) return;
  throw core::UsageError(core::format(
      "--resume_from: {} is not the newest of its run, {} is; a run goes on from its newest: move "
      "the newer ones elsewhere, or give another --model_dir to branch off into",
      checkpoint.string(), newest.filename().string()));
}

bool lies_in(const fs::path& checkpoint, const fs::path& model_dir) {
  std::error_code ignored;
  return fs::equivalent(checkpoint.parent_path(), model_dir / kCheckpoints, ignored);
}

std::optional<ResumePoint> newest_of(const fs::path& model_dir) {
  auto found = io::load_newest_checkpoint(model_dir / kCheckpoints);
  if (!found) return std::nullopt;
  return ResumePoint{.path = std::move(found->path),
                     .checkpoint = std::move(found->checkpoint),
                     .damaged = std::move(found->damaged)};
}

std::optional<ResumePoint> find_automatically(const fs::path& model_dir) {
  std::optional<ResumePoint> point = newest_of(model_dir);
  if (point) {
    point->same_run = true;
  } else {
    core::log_info("--resume_from auto: no checkpoint in {}, starting afresh", model_dir.string());
  }
  return point;
}

}  // namespace

fs::path ResumePoint::bad_records() const {
  return fs::absolute(path).parent_path().parent_path() / io::RunDirectory::kBadRecords;
}

std::optional<ResumePoint> find_resume_point(const TrainSettings& settings) {
  const fs::path model_dir = settings.train.model_dir;
  if (settings.train.resume_from.empty()) return std::nullopt;
  if (settings.train.resume_from == kAuto) return find_automatically(model_dir);
  const fs::path given = without_slash(settings.train.resume_from);
  std::optional<ResumePoint> point;
  if (io::checkpoint_step(given) && is_folder(given)) {
    point = ResumePoint{.path = given, .checkpoint = io::load_checkpoint(given), .damaged = {}};
  } else {
    point = newest_of(given);
  }
  if (!point) {
    throw core::DataError(given,
                          "--resume_from: neither a checkpoint (step-N) nor a --model_dir "
                          "that holds one");
  }
  point->same_run = lies_in(point->path, model_dir);
  if (point->same_run && point->damaged.empty()) refuse_older(point->path);
  return point;
}

void check_resume(const ResumePoint& point, const TrainSettings& settings,
                  uint64_t data_fingerprint, int64_t compute_threads) {
  check_same_options(point.checkpoint.config, weight_options(settings), point.path);
  if (point.checkpoint.data_fingerprint != data_fingerprint) {
    throw core::UsageError(core::format(
        "--resume_from: {} was trained on other records than {} holds now (shards were added, "
        "removed, renamed or rewritten); give its data, or start a new run",
        point.path.string(), settings.data.train_data_dir));
  }
  const auto threads = point.checkpoint.config.find("compute_threads");
  const std::string now = core::format("{}", compute_threads);
  if (threads != point.checkpoint.config.end() && threads->second != now) {
    core::log_warning(
        "--resume_from: the run had --compute_threads {}, now {}: results may differ in the last "
        "digits from those of a run that was never stopped",
        threads->second, now);
  }
}

void set_aside_damaged(const ResumePoint& point) {
  if (!point.same_run) return;
  for (const fs::path& path : point.damaged) {
    try {
      const fs::path aside = io::set_aside_checkpoint(path);
      core::log_warning("{} is now {}", path.string(), aside.string());
    } catch (const core::Error& error) {
      // Only tidiness is lost.
      core::log_warning("a damaged checkpoint stays where it is: {}", error.what());
    }
  }
}

io::RunStart run_start(const TrainSettings& settings, const std::optional<ResumePoint>& point) {
  const bool overwrite = settings.train.overwrite;
  const bool goes_on = settings.train.resume_from == kAuto || (point && point->same_run);
  if (overwrite && goes_on) {
    throw core::UsageError(
        "--overwrite would remove the run that --resume_from goes on with; give only one of them");
  }
  if (goes_on) return io::RunStart::kResume;
  return overwrite ? io::RunStart::kOverwrite : io::RunStart::kNew;
}

}  // namespace train_backbone::commands
