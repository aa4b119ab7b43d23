#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "train_backbone/io/checkpoint.h"
#include "train_backbone/io/safetensors.h"

namespace train_backbone::commands {

// The finite values of a tensor.
struct ValueRange {
  double lowest = 0;
  double highest = 0;
  double mean = 0;
};

struct TensorSummary {
  std::string name;
  std::string_view dtype;  // "F32"
  std::vector<int64_t> shape;
  int64_t values = 0;
  int64_t nan = 0;
  int64_t infinite = 0;
  std::optional<ValueRange> range;  // nothing when no value is finite
  io::Checksum checksum = io::Checksum::kNone;
};

struct TensorFileReport {
  std::filesystem::path path;
  uint64_t bytes = 0;
  io::Metadata metadata;  // without checksums
  std::vector<TensorSummary> tensors;
};

// A weight file, or both files of a checkpoint with tensors.
struct WeightReport {
  std::optional<io::Checkpoint> checkpoint;  // its numbers, when state.json and digests are whole
  std::vector<TensorFileReport> files;       // those whose header is whole
  std::vector<std::string> damage;           // "FILE: WHAT" for everything that is wrong
};

// Whether the name is that of a weight file (*.safetensors), or of a folder that is or was a
// checkpoint (step-N, or with a state.json).
bool holds_weights(const std::filesystem::path& path);

// Reads all of `path`, for which holds_weights() is true. Damage is part of the answer; only when
// there is nothing at `path` core::DataError is thrown.
WeightReport examine_weights(const std::filesystem::path& path);

// "[64, 3, 7, 7]".
std::string shape_text(const std::vector<int64_t>& shape);

}  // namespace train_backbone::commands
