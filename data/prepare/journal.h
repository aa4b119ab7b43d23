#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "train_backbone/core/files.h"

namespace train_backbone::data {

// A picture that was left out.
struct BadPicture {
  uint64_t shard = 0;
  uint64_t position = 0;  // in the plan's order
  std::string where;
  std::string reason;
};

// A shard that is whole.
struct FinishedShard {
  uint64_t shard = 0;
  uint64_t records = 0;
  uint64_t bytes = 0;  // of its file
  std::vector<BadPicture> bad;
};

// What a run of `prepare` noted about its shards.
struct JournalState {
  uint64_t fingerprint = 0;  // of the plan that they belong to
  std::string share;         // the --validation_share that made them, "" without one
  std::vector<FinishedShard> finished;
};

// The text file prepare-SPLIT.txt beside the shards, from which a second run continues. Its first
// line holds version and fingerprint, a second the share where there is one; then, per finished
// shard, its bad pictures and a line with the shard's number, records and bytes. Lines are appended
// after the shard has its name; a last line that was cut off by a crash does not count. Not thread
// safe.
class Journal {
 public:
  // What `path` holds; fingerprint 0 and no shards when it is missing or not understood.
  static JournalState read(const std::filesystem::path& path);

  // Begins the file anew with `state`. Throws as core::AtomicFile.
  Journal(std::filesystem::path path, const JournalState& state);
  void add(const FinishedShard& shard);

 private:
  std::filesystem::path path_;
  core::FileDescriptor file_;
};

}  // namespace train_backbone::data
