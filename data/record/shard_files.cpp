#include "train_backbone/data/record/shard_files.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "train_backbone/core/errors.h"
#include "train_backbone/core/format.h"
#include "train_backbone/core/log.h"

namespace train_backbone::data {
namespace {

std::vector<std::filesystem::path> visible_files(const std::filesystem::path& folder) {
  std::error_code error;
  const auto status = std::filesystem::status(folder, error);
  if (status.type() == std::filesystem::file_type::not_found) {
    throw core::DataError(folder, "no such folder");
  }
  if (!error && !is_directory(status)) throw core::DataError(folder, "is not a folder");
  std::vector<std::filesystem::path> files;
  std::filesystem::directory_iterator entries(folder, error);
  for (; !error && entries != std::filesystem::directory_iterator(); entries.increment(error)) {
    const bool hidden = entries->path().filename().string().starts_with('.');
    std::error_code unknown;  // a loop of links or a dangling one is no shard
    if (!hidden && entries->is_regular_file(unknown)) files.push_back(entries->path());
  }
  if (error) throw core::DataError(folder, "cannot list: " + error.message());
  std::sort(files.begin(), files.end());
  return files;
}

// "NAME-00003-of-00010".
struct NumberedShard {
  std::string set;  // "NAME"
  uint64_t shard = 0;
  uint64_t shards = 0;
};

std::optional<NumberedShard> parse_numbered(std::string_view name) {
  constexpr std::string_view kShape = "-00000-of-00000";
  if (name.size() <= kShape.size()) return std::nullopt;
  const std::string_view tail = name.substr(name.size() - kShape.size());
  const bool fits = std::equal(tail.begin(), tail.end(), kShape.begin(), [](char c, char shape) {
    return shape == '0' ? c >= '0' && c <= '9' : c == shape;
  });
  if (!fits) return std::nullopt;
  constexpr size_t kDigits = 5;
  return NumberedShard{.set = std::string(name.substr(0, name.size() - kShape.size())),
                       .shard = std::stoull(std::string(tail.substr(1, kDigits))),
                       .shards = std::stoull(std::string(tail.substr(tail.size() - kDigits)))};
}

std::string shard_name(std::string_view set, uint64_t shard, uint64_t shards) {
  return core::format("{}-{:05}-of-{:05}", set, shard, shards);
}

bool has_ending(const std::filesystem::path& file) {
  return file.extension() == ".tfrecord" || file.extension() == ".tfrecords";
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

// Training on a part of the data, or on some of it twice, would go unnoticed.
std::vector<std::filesystem::path> without_gaps(const std::filesystem::path& folder,
                                                std::vector<std::filesystem::path> shards) {
  const std::vector<std::string> gaps = find_gaps(shards);
  if (gaps.empty()) return shards;
  throw core::DataError(
      folder, core::format("{}; copy what is missing, let `train_backbone prepare` run to its end, "
                           "or rename the shards you want to NAME.tfrecord",
                           gaps.front()));
}

}  // namespace

std::vector<std::string> find_gaps(const std::vector<std::filesystem::path>& shards) {
  std::map<std::string, std::map<uint64_t, std::set<uint64_t>>> sets;
  for (const auto& path : shards) {
    const auto numbered = parse_numbered(path.filename().string());
    if (numbered) sets[numbered->set][numbered->shards].insert(numbered->shard);
  }
  std::vector<std::string> gaps;
  for (const auto& [name, sizes] : sets) {
    const auto& [size, numbers] = *sizes.begin();
    if (sizes.size() > 1) {
      const auto& [other_size, others] = *sizes.rbegin();
      gaps.push_back(core::format("{} and {} are of two sets",
                                  shard_name(name, *numbers.begin(), size),
                                  shard_name(name, *others.begin(), other_size)));
      continue;
    }
    uint64_t missing = 0;
    while (numbers.contains(missing)) ++missing;
    if (missing >= size) continue;
    gaps.push_back(core::format("{} is missing: {} of {} are there",
                                shard_name(name, missing, size), numbers.size(), size));
  }
  return gaps;
}

std::vector<std::filesystem::path> find_all_shard_files(const std::filesystem::path& folder) {
  const std::vector<std::filesystem::path> files = visible_files(folder);
  auto shards = select(files, [](const auto& file) {
    const std::string name = file.filename().string();
    return name.starts_with("train-") || name.starts_with("validation-") || parse_numbered(name);
  });
  if (shards.empty()) shards = select(files, has_ending);
  if (!shards.empty()) return shards;
  throw core::DataError(folder,
                        "holds no shard: no file begins with 'train-' or 'validation-', is named "
                        "like NAME-00003-of-00010 or ends in '.tfrecord' or '.tfrecords'");
}

std::vector<std::filesystem::path> find_shard_files(const std::filesystem::path& folder,
                                                    std::string_view prefix) {
  const std::vector<std::filesystem::path> files = visible_files(folder);
  const std::string start = core::format("{}-", prefix);
  auto shards =
      select(files, [&](const auto& file) { return file.filename().string().starts_with(start); });
  if (!shards.empty()) return without_gaps(folder, std::move(shards));
  shards = select(files, has_ending);
  if (!shards.empty()) return shards;
  shards = select(
      files, [](const auto& file) { return parse_numbered(file.filename().string()).has_value(); });
  if (!shards.empty()) {
    core::log_warning("{}: no shard is named {}*; reading {} and its like", folder.string(), start,
                      shards.front().filename().string());
    return without_gaps(folder, std::move(shards));
  }
  throw core::DataError(
      folder, files.empty()
                  ? core::format("there is no shard in it: shards are files named {}*, which "
                                 "`train_backbone prepare` makes from folders of pictures",
                                 start)
                  : core::format("none of its {} files is a shard: shards are named {}* or end in "
                                 ".tfrecord; `train_backbone prepare` makes them from pictures",
                                 files.size(), start));
}

}  // namespace train_backbone::data
