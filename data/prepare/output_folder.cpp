#include "data/prepare/output_folder.h"

#include <fcntl.h>
#include <sys/file.h>

#include <algorithm>
#include <cerrno>
#include <set>
#include <string_view>
#include <tuple>
#include <utility>

#include "data/prepare/text_lists.h"
#include "train_backbone/core/errors.h"
#include "train_backbone/core/format.h"
#include "train_backbone/core/log.h"

namespace train_backbone::data {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kClassesName = "synsets.txt";
constexpr std::string_view kBadImagesName = "bad_images.csv";
constexpr std::string_view kBadImagesHeader = "split,shard,picture,reason\n";
constexpr size_t kShardDigits = 5;

// "SPLIT-00017-of-01024"
bool is_shard_name(std::string_view name, std::string_view split) {
  if (!name.starts_with(split)) return false;
  name.remove_prefix(split.size());
  constexpr std::string_view kOf = "-of-";
  return name.size() == 1 + 2 * kShardDigits + kOf.size() && name[0] == '-' &&
         is_number(name.substr(1, kShardDigits)) &&
         name.substr(1 + kShardDigits, kOf.size()) == kOf &&
         is_number(name.substr(name.size() - kShardDigits));
}

std::string journal_name(std::string_view split) { return core::format("prepare-{}.txt", split); }

// What core::AtomicFile calls a file of this split that is being written: ".NAME.tmp-PID-N".
bool is_unfinished(std::string_view file, std::string_view split) {
  const size_t end = file.find(".tmp-");
  if (!file.starts_with('.') || end == std::string_view::npos) return false;
  const std::string_view name = file.substr(1, end - 1);
  return name == kClassesName || name == kBadImagesName || name == journal_name(split) ||
         name == "writable" || is_shard_name(name, split);  // "writable": the probe of --output
}

std::string quoted(const std::string& text) {
  std::string result = "\"";
  for (const char c : text) result += c == '"' ? std::string("\"\"") : std::string(1, c);
  return result + '"';
}

}  // namespace

OutputLock::OutputLock(fs::path folder) : folder_(std::move(folder)) {
  core::require_writable_directory(folder_, "--output");
  file_ = core::FileDescriptor(::open(folder_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  // File systems without locks answer otherwise; there the user has to take care.
  if (file_.valid() && ::flock(file_.get(), LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) {
    throw core::UsageError(
        core::format("--output {}: another run of prepare writes there", folder_.string()));
  }
}

OutputFolder::OutputFolder(const OutputLock& lock, const PrepareOptions& options,
                           const ShardPlan& plan, uint64_t fingerprint,
                           const std::vector<std::string>& classes)
    : folder_(lock.folder()), plan_(plan), overwrite_(options.overwrite) {
  if (options.validation_share) share_ = core::format("{}", *options.validation_share);
  for (const std::string& name : classes) classes_ += name + '\n';
  refuse_half();
  keep_finished(fingerprint);
  check_classes();
}

void OutputFolder::make_ready() const {
  remove_leftovers();
  for (const fs::path& shard : foreign_) fs::remove(shard);
  const fs::path path = folder_ / kClassesName;
  if (!fs::exists(path) || core::read_file(path) != classes_) {
    core::write_file_atomic(path, classes_);
  }
}

fs::path OutputFolder::shard_path(uint64_t shard) const {
  return folder_ / plan_.shard_name(shard);
}

std::vector<uint64_t> OutputFolder::missing() const {
  std::set<uint64_t> there;
  for (const FinishedShard& shard : state_.finished) there.insert(shard.shard);
  std::vector<uint64_t> missing;
  for (uint64_t shard = 0; shard < plan_.shards; ++shard) {
    if (!there.contains(shard)) missing.push_back(shard);
  }
  return missing;
}

// All pictures as one split and a part of them as the other would be trained on and validated.
void OutputFolder::refuse_half() const {
  if (!share_.empty() || (plan_.split != "train" && plan_.split != "validation")) return;
  const std::string_view other = plan_.split == "train" ? "validation" : "train";
  const std::string share = Journal::read(folder_ / journal_name(other)).share;
  if (share.empty() || shards_there(other).empty()) return;
  throw core::UsageError(core::format(
      "--output {}: its shards of {} were made by --validation_share {}, and --split {} without it "
      "may hold the same pictures; give that option again, or choose another folder",
      folder_.string(), other, share, plan_.split));
}

void OutputFolder::remove_leftovers() const {
  for (const fs::directory_entry& entry : fs::directory_iterator(folder_)) {
    std::error_code ignored;  // another run's probe may go by itself
    if (is_unfinished(entry.path().filename().native(), plan_.split)) {
      fs::remove(entry.path(), ignored);
    }
  }
}

std::vector<fs::path> OutputFolder::shards_there(std::string_view split) const {
  std::vector<fs::path> shards;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder_)) {
    if (is_shard_name(entry.path().filename().native(), split)) shards.push_back(entry.path());
  }
  return shards;
}

void OutputFolder::keep_finished(uint64_t fingerprint) {
  const fs::path journal = folder_ / journal_name(plan_.split);
  state_ = Journal::read(journal);
  if (state_.fingerprint != fingerprint) {
    foreign_ = shards_there(plan_.split);
    if (!foreign_.empty() && !overwrite_) {
      throw core::UsageError(core::format(
          "--output {}: holds {} of {} made from other input or with other options ({}); "
          "choose another folder, or give --overwrite to replace them",
          folder_.string(), core::counted(foreign_.size(), "shard"), plan_.split,
          foreign_.front().filename().string()));
    }
    state_ = {};
  }
  state_.fingerprint = fingerprint;
  state_.share = share_;
  std::erase_if(state_.finished, [this](const FinishedShard& shard) {
    std::error_code error;
    return shard.shard >= plan_.shards ||
           fs::file_size(shard_path(shard.shard), error) != shard.bytes || error;
  });
}

Journal OutputFolder::open_journal() const { return {folder_ / journal_name(plan_.split), state_}; }

void OutputFolder::check_classes() const {
  const fs::path path = folder_ / kClassesName;
  if (!fs::exists(path) || core::read_file(path) == classes_) return;
  if (overwrite_) return warn_of_other_splits();
  throw core::UsageError(core::format(
      "--output {}: its {} numbers the classes otherwise than this run would ({} classes here); "
      "give --synsets {} to use it, --overwrite to replace it, or choose another folder",
      folder_.string(), kClassesName, std::count(classes_.begin(), classes_.end(), '\n'),
      path.string()));
}

// Whose records keep the numbers that the classes had.
void OutputFolder::warn_of_other_splits() const {
  for (const std::string_view split : {"train", "validation"}) {
    if (split == plan_.split || !share_.empty() || shards_there(split).empty()) continue;
    core::log_warning(
        "{}: its shards of {} were made with other classes, and their labels do not fit any more; "
        "make them again, too: --split {} --overwrite",
        folder_.string(), split, split);
  }
}

void OutputFolder::write_bad_images(std::vector<BadPicture> bad) const {
  const fs::path path = folder_ / kBadImagesName;
  std::string text(kBadImagesHeader);
  if (fs::exists(path)) {
    // Another split's lines stay.
    const std::string own = plan_.split + ',';
    for_each_line(path, [&](std::string_view line, uint64_t number) {
      if (number > 1 && !line.starts_with(own)) text += std::string(line) + '\n';
    });
  } else if (bad.empty()) {
    return;
  }
  std::sort(bad.begin(), bad.end(), [](const BadPicture& a, const BadPicture& b) {
    return std::tie(a.shard, a.position) < std::tie(b.shard, b.position);
  });
  for (const BadPicture& picture : bad) {
    text += core::format("{},{},{},{}\n", plan_.split, plan_.shard_name(picture.shard),
                         quoted(one_line(picture.where)), quoted(one_line(picture.reason)));
  }
  core::write_file_atomic(path, text);
}

}  // namespace train_backbone::data
