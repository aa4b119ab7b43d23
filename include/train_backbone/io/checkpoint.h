#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "train_backbone/io/checkpoint_folder.h"
#include "train_backbone/io/safetensors.h"

namespace train_backbone::io {

// The whole state of a run at a step boundary. Everything random is a function of seed and
// position, so these numbers are all there is.
struct Checkpoint {
  int64_t step = 0;       // updates done; the next batch is that of this step
  double best_top1 = -1;  // percent; -1 before the first validation
  int64_t best_step = -1;
  std::map<std::string, double> meters;       // sums of the epoch in progress; infinity becomes NaN
  std::map<std::string, std::string> config;  // resolved options that the weights depend on
  uint64_t data_fingerprint = 0;
  NamedTensors model;      // parameters and buffers, timm's names
  NamedTensors optimizer;  // momentum per parameter
};

// Writes FOLDER/step-00001234/{model.safetensors,optimizer.safetensors,state.json}: in a hidden
// temporary folder, every file and folder synced, then renamed. Whole or absent. Makes FOLDER.
// Where that step is there already: an equal whole one stays, another is replaced without a moment
// in which neither is listed. Returns its path. Throws core::DeviceError (disk full) or
// core::DataError, and leaves nothing behind then.
std::filesystem::path save_checkpoint(const std::filesystem::path& folder,
                                      const Checkpoint& checkpoint);

// Reads and checks every file, checksum and digest: a change of any byte of the three files is
// found. Throws core::DataError naming the file and what is wrong. Tensors come in the order of
// their file, not in that of save_checkpoint.
Checkpoint load_checkpoint(const std::filesystem::path& checkpoint_folder);

// The same without tensors. Every byte of the three files is still checked.
Checkpoint load_checkpoint_state(const std::filesystem::path& checkpoint_folder);

// The files of a checkpoint that hold tensors: the model's, then the optimizer's.
std::vector<std::filesystem::path> checkpoint_tensor_files(
    const std::filesystem::path& checkpoint_folder);

struct NewestCheckpoint {
  std::filesystem::path path;
  Checkpoint checkpoint;
  std::vector<std::filesystem::path> damaged;  // newer ones that are not whole
};

// The newest whole checkpoint below `folder`; nothing when there is none at all. Newer damaged ones
// are warned of by name; nothing is changed.
// Throws core::DataError when there are checkpoints but none is whole, core::UsageError when the
// newest was written by a version of this program with another format.
std::optional<NewestCheckpoint> load_newest_checkpoint(const std::filesystem::path& folder);

}  // namespace train_backbone::io
