#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "train_backbone/io/safetensors.h"

namespace train_backbone::io {

// A tensor of a weight file that was not made for just this model.
struct ImportedTensor {
  std::string key;                  // in the file
  std::optional<std::string> name;  // ours; none: the file's naming has no such tensor of ours
  at::Tensor values;
};

struct ImportReport {
  std::vector<std::string> unused;  // keys of the file whose values were not taken, sorted
  std::vector<std::string> kept;    // names of the model that keep their values, sorted
  // Classes in the file, when the classifier was not taken because it has others.
  std::optional<int64_t> other_classes;
  // Both lists are empty but for a classifier that was not taken as a whole.
  bool exact = false;
};

// Copies values into the tensors of `target` (parameters and buffers of a model), by name, where
// the file has them. `head` is the module of the classifier ("fc"): when it has another number of
// rows in the file it is left alone, all of it.
// All is checked before the first value is copied; throws core::DataError, with `path`, naming the
// keys: other shapes or types than in the model, values that are not finite, a name that two keys
// stand for, and a file of which nothing fits.
ImportReport import_tensors(const std::vector<ImportedTensor>& source, const NamedTensors& target,
                            const std::string& head, const std::filesystem::path& path);

}  // namespace train_backbone::io
