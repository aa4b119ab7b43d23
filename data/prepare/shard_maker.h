#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <mutex>
#include <string>
#include <vector>

#include "data/prepare/input.h"
#include "data/prepare/journal.h"
#include "data/prepare/picture_converter.h"
#include "data/prepare/shard_plan.h"
#include "train_backbone/core/progress.h"

namespace train_backbone::data {

struct MadeShard {
  FinishedShard shard;
  uint64_t converted = 0;
};

// Writes shards of a plan, each by one thread: pictures are read, looked at, converted where needed
// and framed in memory that is reused. make() is thread safe for different shards and workers.
class ShardMaker {
 public:
  // `texts`: image/class/text per class. `bad_before`: pictures left out of the shards that an
  // earlier run finished; they count against the budget. All references must outlive the object.
  ShardMaker(const PrepareOptions& options, const PrepareInput& input, const ShardPlan& plan,
             const std::vector<std::string>& texts, uint64_t bad_before, core::Progress& progress,
             uint64_t done_before, size_t workers);

  // Makes `path` out of the shard's pictures; it appears when it is whole. Throws core::DataError
  // for an unreadable picture (on_bad_image = fail) or one too many (skip), core::DeviceError.
  MadeShard make(size_t worker, uint64_t shard, const std::filesystem::path& path);

  // Pictures that this run found unreadable, also in shards that did not become whole.
  [[nodiscard]] std::vector<BadPicture> bad_pictures() const;

 private:
  struct Scratch {
    explicit Scratch(const PictureConverter::Options& options) : converter(options) {}
    PictureConverter converter;
    std::vector<uint8_t> file;
    std::string example;
  };

  // Fills scratch.example; whether the picture was encoded anew. Throws BadImage.
  bool make_example(const Picture& picture, Scratch& scratch) const;
  void note_bad(const BadPicture& bad);

  const PrepareOptions& options_;
  const PrepareInput& input_;
  const ShardPlan& plan_;
  const std::vector<std::string>& texts_;
  core::Progress& progress_;
  std::vector<Scratch> scratch_;  // per worker
  std::atomic<uint64_t> done_;
  mutable std::mutex mutex_;
  std::vector<BadPicture> bad_;
  uint64_t bad_before_;
};

}  // namespace train_backbone::data
