#include "train_backbone/io/checkpoint_folder.h"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <functional>
#include <map>
#include <string_view>

#include "train_backbone/core/errors.h"
#include "train_backbone/core/files.h"
#include "train_backbone/core/format.h"

namespace train_backbone::io {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kPrefix = "step-";
constexpr std::string_view kReplacedSuffix = ".replaced";  // old one while the new one moves in
constexpr std::string_view kRemovedSuffix = ".removed";    // on its way out
constexpr std::string_view kDamagedSuffix = ".damaged";    // kept for the user to look at
constexpr std::string_view kTemporaryMark = ".tmp-";       // save_checkpoint's folder, with its pid
constexpr size_t kLeastDigits = 8;

// "00001234" -> 1234.
std::optional<int64_t> parse_step(std::string_view digits) {
  int64_t step = 0;
  const char* end = digits.data() + digits.size();
  const auto [stop, error] = std::from_chars(digits.data(), end, step);
  if (error != std::errc{} || stop != end || step < 0 || digits.size() < kLeastDigits) return {};
  return step;
}

fs::path hidden_name(const fs::path& checkpoint, std::string_view suffix) {
  std::string name = checkpoint.filename().string();
  if (!name.starts_with('.')) name.insert(0, ".");
  if (name.ends_with(kReplacedSuffix)) name.resize(name.size() - kReplacedSuffix.size());
  return checkpoint.parent_path() / (name + std::string(suffix));
}

void throw_if(const std::error_code& error, const fs::path& path, const std::string& action) {
  if (!error) return;
  errno = error.value();  // on POSIX the system category's values are those of errno
  core::throw_system_error(path, action);
}

std::vector<fs::path> folder_entries(const fs::path& folder) {
  std::vector<fs::path> entries;
  std::error_code error;
  for (fs::directory_iterator item(folder, error), end; !error && item != end;
       item.increment(error)) {
    entries.push_back(item->path());
  }
  if (error != std::errc::no_such_file_or_directory) throw_if(error, folder, "list");
  return entries;
}

void rename_folder(const fs::path& from, const fs::path& to) {
  std::error_code error;
  fs::rename(from, to, error);
  throw_if(error, from, "rename");
}

void remove_folder(const fs::path& folder) {
  std::error_code error;
  fs::remove_all(folder, error);
  throw_if(error, folder, "remove");
}

void remove_checkpoint(const fs::path& checkpoint) {
  const fs::path removed = hidden_name(checkpoint, kRemovedSuffix);
  remove_folder(removed);
  rename_folder(checkpoint, removed);
  remove_folder(removed);
}

bool is_leftover(const fs::path& path) {
  const std::string name = path.filename().string();
  if (!name.starts_with(core::format(".{}", kPrefix))) return false;
  return name.find(kTemporaryMark) != std::string::npos || name.ends_with(kRemovedSuffix);
}

}  // namespace

std::string checkpoint_name(int64_t step) { return core::format("{}{:08}", kPrefix, step); }

std::optional<int64_t> checkpoint_step(const fs::path& checkpoint_folder) {
  const std::string text = checkpoint_folder.filename().string();
  std::string_view name = text;
  if (name.starts_with('.') && name.ends_with(kReplacedSuffix)) {
    name.remove_prefix(1);
    name.remove_suffix(kReplacedSuffix.size());
  }
  if (!name.starts_with(kPrefix)) return {};
  return parse_step(name.substr(kPrefix.size()));
}

std::vector<fs::path> list_checkpoints(const fs::path& folder) {
  std::map<int64_t, fs::path, std::greater<>> newest_first;
  for (const fs::path& path : folder_entries(folder)) {
    const std::optional<int64_t> step = checkpoint_step(path);
    if (!step) continue;
    const bool visible = !path.filename().string().starts_with('.');
    const auto [place, inserted] = newest_first.emplace(*step, path);
    if (!inserted && visible) place->second = path;
  }
  std::vector<fs::path> paths;
  for (const auto& [step, path] : newest_first) paths.push_back(path);
  return paths;
}

void prune_checkpoints(const fs::path& folder, std::optional<int64_t> keep_step) {
  constexpr size_t kKeptGenerations = 2;
  const std::vector<fs::path> listed = list_checkpoints(folder);
  for (size_t i = kKeptGenerations; i < listed.size(); ++i) {
    if (checkpoint_step(listed[i]) != keep_step) remove_checkpoint(listed[i]);
  }
  for (const fs::path& path : folder_entries(folder)) {
    const bool replaced = path.filename().string().ends_with(kReplacedSuffix) &&
                          std::find(listed.begin(), listed.end(), path) == listed.end();
    if (is_leftover(path)) remove_folder(path);
    if (replaced && checkpoint_step(path)) remove_checkpoint(path);
  }
}

void replace_checkpoint(const fs::path& whole, const fs::path& target) {
  if (fs::exists(target)) {
    const fs::path replaced = hidden_name(target, kReplacedSuffix);
    // While `target` is there, an old one under that name is only a leftover.
    if (fs::exists(replaced)) remove_checkpoint(replaced);
    rename_folder(target, replaced);
    rename_folder(whole, target);
    core::sync_directory(target.parent_path());
    remove_checkpoint(replaced);
  } else {
    rename_folder(whole, target);
    core::sync_directory(target.parent_path());
  }
}

fs::path set_aside_checkpoint(const fs::path& checkpoint_folder) {
  const std::optional<int64_t> step = checkpoint_step(checkpoint_folder);
  fs::path aside = checkpoint_folder.parent_path() /
                   core::format("{}{}", checkpoint_name(step.value_or(0)), kDamagedSuffix);
  remove_folder(aside);
  rename_folder(checkpoint_folder, aside);
  return aside;
}

void remove_all_checkpoints(const fs::path& folder) {
  for (const fs::path& path : list_checkpoints(folder)) remove_checkpoint(path);
  for (const fs::path& path : folder_entries(folder)) {
    std::string name = path.filename().string();
    const bool damaged = name.ends_with(kDamagedSuffix);
    if (damaged) name.resize(name.size() - kDamagedSuffix.size());
    if (is_leftover(path) || checkpoint_step(name)) remove_folder(path);
  }
}

}  // namespace train_backbone::io
