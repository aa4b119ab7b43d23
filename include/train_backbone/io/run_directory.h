#pragma once

#include <filesystem>
#include <string_view>
#include <utility>

#include "train_backbone/core/files.h"

namespace train_backbone::io {

enum class RunStart {
  kNew,        // refuse a folder that holds a run
  kOverwrite,  // remove the run that is there
  kResume,     // go on in what is there; a folder without a run will do as well
};

// The names of what a run writes into its folder (--model_dir). Knows no contents and touches
// nothing.
class RunFiles {
 public:
  static constexpr std::string_view kBadRecords = "bad_records.csv";

  explicit RunFiles(std::filesystem::path model_dir) : path_(std::move(model_dir)) {}

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  [[nodiscard]] std::filesystem::path run_toml() const { return path_ / "run.toml"; }
  [[nodiscard]] std::filesystem::path metrics_jsonl() const { return path_ / "metrics.jsonl"; }
  [[nodiscard]] std::filesystem::path metrics_csv() const { return path_ / "metrics.csv"; }
  [[nodiscard]] std::filesystem::path bad_records() const { return path_ / kBadRecords; }
  [[nodiscard]] std::filesystem::path report() const { return path_ / "report.html"; }
  [[nodiscard]] std::filesystem::path tensorboard() const { return path_ / "tensorboard"; }
  [[nodiscard]] std::filesystem::path checkpoints() const { return path_ / "checkpoints"; }
  [[nodiscard]] std::filesystem::path last_weights() const {
    return path_ / "weights" / "last.safetensors";
  }
  [[nodiscard]] std::filesystem::path best_weights() const {
    return path_ / "weights" / "best.safetensors";
  }

 private:
  std::filesystem::path path_;
};

// The folder of a run. Sub-folders are made by whoever writes into them, so that a run that fails
// at once leaves nothing.
class RunDirectory : public RunFiles {
 public:
  // Makes the folder and proves that it can be written. kOverwrite removes the files of the run at
  // once (those only, nothing else that lies there): construct it after all other checks. Also
  // removes temporary files that a killed run left.
  // Keeps every other RunDirectory of this folder out while it lives; the lock goes with the
  // process, however that ends.
  // Throws core::UsageError: not writable, another process runs in it, or it holds a run and
  // `start` is kNew.
  RunDirectory(std::filesystem::path model_dir, RunStart start);

  // Replaces run.toml, whole or not at all.
  void write_run_toml(std::string_view text) const;

 private:
  core::FileDescriptor lock_;
};

// Whether a run has written anything into the folder (an empty checkpoints/ is nothing).
bool holds_run(const std::filesystem::path& model_dir);

}  // namespace train_backbone::io
