#pragma once

#include <cstdint>
#include <filesystem>

namespace train_backbone::commands {

// Prints what the shards at `path` (one, or a folder of them) hold, with the first `records`
// described. Last line of output: path, shards, records, bytes, lowest_label, highest_label,
// damaged, whole. Names every damaged place on standard error. Returns the exit code: kData when
// there is one. Throws core::DataError when there is no shard.
int inspect_shards(const std::filesystem::path& path, int64_t records);

}  // namespace train_backbone::commands
