#pragma once

#include <filesystem>

#include "train_backbone/io/safetensors.h"

namespace train_backbone::io {

// Writes a weight file for others to use: write_safetensors() with "producer" (this program and its
// version) added to the metadata. Makes the folder.
void write_weights(const std::filesystem::path& path, const NamedTensors& tensors,
                   Metadata metadata);

// Reads a weight file, or the model of a checkpoint when `path` is a checkpoint's folder (its
// configuration is the metadata then). Throws core::DataError when it is damaged, holds no tensor,
// or is of another kind, such as a .pth: how to convert it is said then.
SafetensorsFile read_weights(const std::filesystem::path& path);

}  // namespace train_backbone::io
