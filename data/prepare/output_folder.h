#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "data/prepare/journal.h"
#include "data/prepare/shard_plan.h"
#include "train_backbone/core/files.h"
#include "train_backbone/data/prepare/options.h"

namespace train_backbone::data {

// Makes the folder for shards and holds it: one run at a time per folder, by a lock that ends with
// the process at the latest. Throws core::UsageError when it is not writable or another run holds
// it.
class OutputLock {
 public:
  explicit OutputLock(std::filesystem::path folder);
  [[nodiscard]] const std::filesystem::path& folder() const { return folder_; }

 private:
  std::filesystem::path folder_;
  core::FileDescriptor file_;
};

// The folder with the shards of one or more splits, as one run of `prepare` sees it:
//   SPLIT-00000-of-01024 ...  the shards
//   synsets.txt               the classes in the order of their labels, for --synsets
//   prepare-SPLIT.txt         journal of finished shards
//   bad_images.csv            pictures left out: split, shard, picture, reason
class OutputFolder {
 public:
  // Changes nothing. Finished shards of the same plan (same fingerprint, size as noted) will be
  // kept. Throws core::UsageError when the folder holds shards of the split or a class numbering
  // that are not this run's and `overwrite` is not given (with it they will be removed); and when
  // the other half of what --validation_share divided would be left beside a split that was not
  // divided. The lock must be held as long as the object is used.
  OutputFolder(const OutputLock& lock, const PrepareOptions& options, const ShardPlan& plan,
               uint64_t fingerprint, const std::vector<std::string>& classes);

  // Before anything is written: removes what is not to be kept and what an interrupted run left
  // half-written, and writes the classes.
  void make_ready() const;

  [[nodiscard]] const std::vector<FinishedShard>& kept() const { return state_.finished; }
  // Numbers of the shards still to be made, ascending.
  [[nodiscard]] std::vector<uint64_t> missing() const;
  [[nodiscard]] std::filesystem::path shard_path(uint64_t shard) const;

  // Begins the journal with the kept shards.
  [[nodiscard]] Journal open_journal() const;
  // Replaces this split's lines of bad_images.csv; without bad pictures the file need not be there.
  void write_bad_images(std::vector<BadPicture> bad) const;

 private:
  void refuse_half() const;
  void remove_leftovers() const;
  void keep_finished(uint64_t fingerprint);
  void check_classes() const;
  void warn_of_other_splits() const;
  [[nodiscard]] std::vector<std::filesystem::path> shards_there(std::string_view split) const;

  std::filesystem::path folder_;
  const ShardPlan& plan_;
  bool overwrite_;
  std::string share_;  // "" without --validation_share
  JournalState state_;
  std::vector<std::filesystem::path> foreign_;  // shards to be removed
  std::string classes_;                         // what synsets.txt is to hold
};

}  // namespace train_backbone::data
