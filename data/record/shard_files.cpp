#include "data/record/shard_files.h"

#include <algorithm>
#include <string>

#include "train_backbone/core/errors.h"
#include "train_backbone/core/format.h"

namespace train_backbone::data {
namespace {

std::vector<std::filesystem::path> visible_files(const std::filesystem::path& folder) {
  if (!std::filesystem::exists(folder)) throw core::DataError(folder, "no such folder");
  if (!std::filesystem::is_directory(folder)) throw core::DataError(folder, "is not a folder");
  std::vector<std::filesystem::path> files;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
    const bool hidden = entry.path().filename().string().starts_with('.');
    if (!hidden && entry.is_regular_file()) files.push_back(entry.path());
  }
  if (error) throw core::DataError(folder, "cannot list: " + error.message());
  std::sort(files.begin(), files.end());
  return files;
}

}  // namespace

std::vector<std::filesystem::path> find_shard_files(const std::filesystem::path& folder,
                                                    std::string_view prefix) {
  const std::vector<std::filesystem::path> files = visible_files(folder);
  const std::string start = core::format("{}-", prefix);
  std::vector<std::filesystem::path> shards;
  for (const auto& file : files) {
    if (file.filename().string().starts_with(start)) shards.push_back(file);
  }
  if (!shards.empty()) return shards;
  for (const auto& file : files) {
    const std::string extension = file.extension().string();
    if (extension == ".tfrecord" || extension == ".tfrecords") shards.push_back(file);
  }
  if (!shards.empty()) return shards;
  throw core::DataError(
      folder, files.empty()
                  ? core::format("the folder is empty; it should hold shards named {}*", start)
                  : core::format("none of its {} files is a shard: shards are named {}* or end in "
                                 ".tfrecord; `train_backbone prepare` makes them from pictures",
                                 files.size(), start));
}

}  // namespace train_backbone::data
