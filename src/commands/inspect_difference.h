#pragma once

#include <filesystem>

namespace train_backbone::commands {

// Prints how the weights in two files or checkpoints differ: tensors that only one has, other
// types or shapes, and for the rest the largest absolute difference and |a - b| / max(|a|, |b|).
// Last line of output: path, diff, only_in_path, only_in_diff, unlike, differing, identical,
// largest_difference (null when a difference is not finite), equal (all bits are).
// Returns kDone, equal or not. Throws core::DataError for a damaged file.
int inspect_difference(const std::filesystem::path& first, const std::filesystem::path& second);

}  // namespace train_backbone::commands
