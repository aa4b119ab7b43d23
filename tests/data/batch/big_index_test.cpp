#include <gtest/gtest.h>
#include <sys/stat.h>

#include <chrono>
#include <filesystem>
#include <fstream>

#include "data/batch/training_plan.h"
#include "data/record/index_cache.h"
#include "tests/support/scratch.h"
#include "train_backbone/core/errors.h"
#include "train_backbone/core/format.h"
#include "train_backbone/core/rng.h"
#include "train_backbone/data/batch/sources.h"

// A data set as large as ImageNet: 1,281,167 records in 1024 shards, which here are holes of the
// right size with a true index beside them.
namespace train_backbone::data {
namespace {

using Clock = std::chrono::steady_clock;

constexpr uint64_t kRecords = 1'281'167;
constexpr uint64_t kShards = 1024;
constexpr uint64_t kSidecarBytes = uint64_t{32} << 20;

ShardEntry make_hole(const std::filesystem::path& path, uint64_t records, uint64_t shard) {
  ShardEntry entry;
  entry.path = path;
  core::SampleRng rng(1, core::RngStream::kInit, 0, shard);
  for (uint64_t record = 0; record < records; ++record) {
    entry.frame_offsets.push_back(entry.bytes);
    entry.bytes += 20'000 + rng.below(180'000);
  }
  std::ofstream(path).close();
  std::filesystem::resize_file(path, entry.bytes);
  struct stat status {};
  ::stat(path.c_str(), &status);
  entry.modified_ns = status.st_mtim.tv_sec * 1'000'000'000 + status.st_mtim.tv_nsec;
  return entry;
}

std::filesystem::path make_imagenet() {
  const auto folder = test::scratch_folder();
  std::vector<ShardEntry> shards;
  for (uint64_t shard = 0; shard < kShards; ++shard) {
    const uint64_t records = (shard + 1) * kRecords / kShards - shard * kRecords / kShards;
    shards.push_back(
        make_hole(folder / core::format("train-{:05}-of-01024", shard), records, shard));
  }
  IndexCache(folder, "train", {}).save(shards);
  return folder;
}

class BigIndex : public testing::Test {
 protected:
  ~BigIndex() override { std::filesystem::remove_all(folder_); }
  std::filesystem::path folder_ = make_imagenet();
};

TEST_F(BigIndex, TakesLittleRoom) {
  EXPECT_LT(std::filesystem::file_size(folder_ / ".train.index"), kSidecarBytes);
  const ShardIndex index = ShardIndex::open(folder_, "train");
  EXPECT_EQ(index.size(), kRecords);
}

// Until the first record has been read: it is a hole, which is an error that says where it lies.
TEST_F(BigIndex, BeginsAndResumesWithinASecond) {
  constexpr uint64_t kBatch = 256;
  const uint64_t middle_of_epoch_40 = (40 * kRecords + kRecords / 2) / kBatch;
  for (const uint64_t first_step : {uint64_t{0}, middle_of_epoch_40}) {
    const TrainingSourceSettings settings{.seed = 3,
                                          .batch_size = kBatch,
                                          .global_batch_size = kBatch,
                                          .first_step = first_step,
                                          .end_step = 90 * kRecords / kBatch,
                                          .num_classes = 1000,
                                          .image_size = 16,
                                          .workers = 2};
    const Clock::time_point begin = Clock::now();
    const RecordStore store(ShardIndex::open(folder_, "train"));
    const auto source =
        make_training_source(store, *make_training_transform("original", 16), settings);
    EXPECT_THROW(source->next(), DamagedRecordError);
    const double seconds = std::chrono::duration<double>(Clock::now() - begin).count();
    EXPECT_LT(seconds, 4.0) << "from step " << first_step;
    RecordProperty(core::format("milliseconds_from_{}", first_step),
                   static_cast<int>(1000 * seconds));
  }
}

}  // namespace
}  // namespace train_backbone::data
