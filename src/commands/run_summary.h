#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace train_backbone::commands {

// A validation of the run.
struct RunAccuracy {
  double top1 = 0;    // percent
  int64_t epoch = 0;  // completed ones then, the one in progress counted
};

// What a run has left in its folder (--model_dir).
struct RunSummary {
  std::string model;                 // empty where run.toml does not tell
  std::optional<double> num_epochs;  // of the whole run
  // Name and value, as TOML, of the options that were given: by whatever source, not by default.
  std::vector<std::pair<std::string, std::string>> options;
  int64_t steps = 0;                // when weights were saved last; 0: never
  double epochs = 0;                // the same
  std::optional<RunAccuracy> last;  // of metrics.jsonl
  std::optional<RunAccuracy> best;
  std::vector<std::filesystem::path> checkpoints;  // newest first, damaged ones too
  std::vector<std::filesystem::path> weights;      // last and best, those that are there
  std::filesystem::path report;                    // empty where there is none
  std::vector<std::string> damage;                 // "FILE: WHAT", of checkpoints and weights
};

// Whether `path` is the folder of a run: it holds run.toml, metrics.jsonl or checkpoints.
bool is_run_folder(const std::filesystem::path& path);

// Reads what is told above, and every byte of checkpoints and weights for damage, which is part of
// the answer. What a run in progress removes meanwhile is left out.
RunSummary examine_run(const std::filesystem::path& path);

}  // namespace train_backbone::commands
