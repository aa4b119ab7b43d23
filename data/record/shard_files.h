#pragma once

#include <filesystem>
#include <string_view>
#include <vector>

namespace train_backbone::data {

// The files of `folder` that count as shards (the rule stands at ShardIndex::open), sorted by name.
// Throws core::DataError when there is no such folder or nothing in it counts.
std::vector<std::filesystem::path> find_shard_files(const std::filesystem::path& folder,
                                                    std::string_view prefix);

}  // namespace train_backbone::data
