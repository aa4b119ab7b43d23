#include "data/record/shard_files.h"

#include <algorithm>
#include <string>

#include "train_backbone/core/errors.h"
#include "train_backbone/core/format.h"
#include "train_backbone/core/log.h"

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

// "NAME-00003-of-00010".
bool is_numbered_shard(std::string_view name) {
  constexpr std::string_view kShape = "-00000-of-00000";
  if (name.size() <= kShape.size()) return false;
  const std::string_view tail = name.substr(name.size() - kShape.size());
  return std::equal(tail.begin(), tail.end(), kShape.begin(), [](char c, char shape) {
    return shape == '0' ? c >= '0' && c <= '9' : c == shape;
  });
}

template <class Counts>
std::vector<std::filesystem::path> select(const std::vector<std::filesystem::path>& files,
                                          Counts counts) {
  std::vector<std::filesystem::path> selected;
  for (const auto& file : files) {
    if (counts(file)) selected.push_back(file);
  }
  return selected;
}

}  // namespace

std::vector<std::filesystem::path> find_shard_files(const std::filesystem::path& folder,
                                                    std::string_view prefix) {
  const std::vector<std::filesystem::path> files = visible_files(folder);
  const std::string start = core::format("{}-", prefix);
  auto shards =
      select(files, [&](const auto& file) { return file.filename().string().starts_with(start); });
  if (!shards.empty()) return shards;
  shards = select(files, [](const auto& file) {
    return file.extension() == ".tfrecord" || file.extension() == ".tfrecords";
  });
  if (!shards.empty()) return shards;
  shards =
      select(files, [](const auto& file) { return is_numbered_shard(file.filename().string()); });
  if (!shards.empty()) {
    core::log_warning("{}: no shard is named {}*; reading {} and its like", folder.string(), start,
                      shards.front().filename().string());
    return shards;
  }
  throw core::DataError(
      folder, files.empty()
                  ? core::format("the folder is empty; it should hold shards named {}*", start)
                  : core::format("none of its {} files is a shard: shards are named {}* or end in "
                                 ".tfrecord; `train_backbone prepare` makes them from pictures",
                                 files.size(), start));
}

}  // namespace train_backbone::data
