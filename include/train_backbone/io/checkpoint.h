#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "train_backbone/io/safetensors.h"

namespace train_backbone::io {

// The whole state of a run at a step boundary. Everything random is a function of seed and
// position, so these numbers are all there is.
struct Checkpoint {
  int64_t step = 0;          // updates done; the next batch is that of this step
  double best_top1 = -1;     // percent; -1 before the first validation
  int64_t best_step = -1;
  std::map<std::string, double> meters;      // sums of the epoch in progress
  std::map<std::string, std::string> config; // resolved options that the weights depend on
  uint64_t data_fingerprint = 0;
  NamedTensors model;      // parameters and buffers, timm's names
  NamedTensors optimizer;  // momentum per parameter
};

// Writes FOLDER/step-00001234/{model.safetensors,optimizer.safetensors,state.json}: in a hidden
// temporary folder, every file and folder synced, then renamed. Whole or absent. Returns its path.
std::filesystem::path save_checkpoint(const std::filesystem::path& folder,
                                      const Checkpoint& checkpoint);

// Reads and checks every file, checksum and digest. Throws core::DataError naming what is wrong.
Checkpoint load_checkpoint(const std::filesystem::path& checkpoint_folder);

// step-* folders below `folder`, newest first. Empty when there is none.
std::vector<std::filesystem::path> list_checkpoints(const std::filesystem::path& folder);

// Removes all but the newest two and `keep_step`, and temporary folders that a killed run left.
void prune_checkpoints(const std::filesystem::path& folder, std::optional<int64_t> keep_step);

}  // namespace train_backbone::io
