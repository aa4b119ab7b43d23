#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace train_backbone::data {

// The files of `folder` that count as shards (the rule stands at ShardIndex::open), sorted by name.
// Throws core::DataError when there is no such folder, nothing in it counts, or a numbered set has
// gaps.
std::vector<std::filesystem::path> find_shard_files(const std::filesystem::path& folder,
                                                    std::string_view prefix);

// The files that count for any prefix: those called "train-", "validation-" or numbered, else
// those that end in .tfrecord or .tfrecords. Gaps are no error here. Throws core::DataError.
std::vector<std::filesystem::path> find_all_shard_files(const std::filesystem::path& folder);

// What is wrong with the numbered sets ("NAME-00003-of-00010") among `shards`, a sentence each:
// the first missing shard of a set, shards of two sets of one name. Other names never have gaps.
std::vector<std::string> find_gaps(const std::vector<std::filesystem::path>& shards);

}  // namespace train_backbone::data
