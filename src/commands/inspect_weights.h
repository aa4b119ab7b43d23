#pragma once

#include <filesystem>

namespace train_backbone::commands {

// Prints what a weight file or checkpoint holds: metadata, and per tensor type, shape, values and
// checksum. Last line of output: path, kind (weights, checkpoint), tensors, values, bytes, nan,
// infinite, checksums (tensors that have one), metadata (of a checkpoint: its configuration, and
// step), damaged, whole. Damage and values that are not finite are named on standard error.
// Returns the exit code: kData when something is damaged. Throws as examine_weights().
int inspect_weights(const std::filesystem::path& path);

}  // namespace train_backbone::commands
