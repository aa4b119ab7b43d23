#pragma once

#include <ATen/core/Tensor.h>

#include <filesystem>
#include <string>
#include <vector>

#include "train_backbone/io/export.h"

namespace train_backbone::io {

// One tensor on its way to another program.
struct ForeignTensor {
  std::string name;   // there
  at::Tensor source;  // as we have it
  at::Tensor value;   // as the file gets it: row-major, of the chosen element type and layout
};

struct ForeignWeights {
  std::vector<ForeignTensor> tensors;  // in the order of the program's list
  std::vector<std::string> left_out;   // our names
};

// Renames, lays out and casts. The result has the names and shapes of models::key_list.
// Throws core::DataError, naming `source`, where it would not; core::UsageError when there is no
// list.
ForeignWeights to_foreign(const NamedTensors& own, const std::filesystem::path& source,
                          const ExportChoice& choice);

}  // namespace train_backbone::io
