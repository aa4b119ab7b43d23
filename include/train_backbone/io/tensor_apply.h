#pragma once

#include <filesystem>

#include "train_backbone/io/safetensors.h"

namespace train_backbone::io {

// Copies the values of `source` into the tensors of `target` (a module's parameters and buffers, on
// any device), by name. All is checked before the first value is copied: the same set of names, the
// same shapes, whole numbers into whole numbers and floating point into floating point (whose width
// is converted).
// `path` is where the source was read, for the messages. Throws core::UsageError when a classifier
// was made for another number of classes, core::DataError for all else, naming the first missing
// and unexpected names or the first tensor that does not fit.
void apply_tensors(const NamedTensors& source, const NamedTensors& target,
                   const std::filesystem::path& path);

}  // namespace train_backbone::io
