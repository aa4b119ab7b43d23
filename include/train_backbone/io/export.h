#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "train_backbone/io/safetensors.h"
#include "train_backbone/models/key_map.h"

// Weight files for other programs: their names, layouts and containers.
namespace train_backbone::io {

enum class Container { kSafetensors, kPth, kConv74, kKerasH5 };

// The container that the ending of `output` (.safetensors, .pth, .conv.74, .h5) means. Throws
// core::UsageError when `naming`'s program cannot read it, naming those that it can.
Container container_of(models::Naming naming, const std::filesystem::path& output);

struct ExportChoice {
  std::string model;      // canonical name
  bool original = false;  // as aws-samples' program computes it
  int64_t num_classes = 0;
  models::Naming naming = models::Naming::kTimm;
  bool backbone_only = false;
  at::ScalarType dtype = at::kFloat;  // of what is floating point
  bool verify = false;
};

struct ExportReport {
  size_t tensors = 0;
  std::vector<std::string> left_out;  // our names of what the other program has no place for
  uint64_t bytes = 0;
};

// Writes `weights`, read from `source`, for another program. The names and shapes must be exactly
// those of its list (models::key_list), else nothing is written. With `verify` the file is read
// back, by code that has nothing in common with what wrote it, and every name, shape and value
// compared, before it takes the name `output`; what had that name before stays until then.
// Throws core::DataError naming the first names that are missing, unexpected or different,
// core::UsageError where the program has no such network or the container no such element type.
ExportReport export_weights(const SafetensorsFile& weights, const std::filesystem::path& source,
                            const ExportChoice& choice, const std::filesystem::path& output);

}  // namespace train_backbone::io
