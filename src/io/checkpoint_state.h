#pragma once

#include <filesystem>
#include <map>
#include <string>

#include "train_backbone/io/checkpoint.h"
#include "train_backbone/io/file_digest.h"

// state.json of a checkpoint: the numbers of the run and the digests of the other files.
namespace train_backbone::io {

using Manifest = std::map<std::string, FileDigest>;  // by file name

// The text begins with a checksum over all of itself (counted with zeros in its own place).
std::string format_state(const Checkpoint& checkpoint, const Manifest& manifest);

struct State {
  Checkpoint checkpoint;  // without tensors
  Manifest manifest;
};

// Throws core::DataError naming `path` when any byte differs from what format_state gave.
State parse_state(std::string text, const std::filesystem::path& path);

}  // namespace train_backbone::io
