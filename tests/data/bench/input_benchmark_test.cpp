#include "train_backbone/data/bench/input_benchmark.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>

#include "data/bench/memory_use.h"
#include "tests/data/batch/record_folder.h"
#include "train_backbone/core/errors.h"

namespace train_backbone::data {
namespace {

using testing::ElementsAre;

RecordStore store_of(const std::vector<TestRecord>& records, const std::string& name) {
  return RecordStore(ShardIndex::open(write_shards(name, records, 2), "train"));
}

InputBenchmark measure(const RecordStore& store, double seconds, int workers) {
  constexpr int kSize = 16;
  return measure_input(store, *make_training_transform("original", kSize),
                       {.image_size = kSize, .workers = workers, .seconds = seconds});
}

TEST(WorkerCounts, DoubleUpToTheGivenNumber) {
  EXPECT_THAT(worker_counts(1), ElementsAre(1));
  EXPECT_THAT(worker_counts(2), ElementsAre(1, 2));
  EXPECT_THAT(worker_counts(6), ElementsAre(1, 2, 4, 6));
  EXPECT_THAT(worker_counts(8), ElementsAre(1, 2, 4, 8));
}

TEST(MeasureInput, FillsEveryFigure) {
  const InputBenchmark result = measure(store_of(make_records(30), "bench"), 0.2, 3);
  EXPECT_GT(result.plain_per_second, 0);
  EXPECT_GT(result.pipeline_per_second, 0);
  EXPECT_GE(result.rounds, 3);
  EXPECT_LE(result.ratio.least, result.ratio.median);
  EXPECT_LE(result.ratio.median, result.ratio.most);
  for (const double seconds : {result.stages.read, result.stages.checksum, result.stages.parse,
                               result.stages.transform.entropy, result.stages.transform.pixels,
                               result.stages.transform.resize}) {
    EXPECT_GT(seconds, 0);
  }
  ASSERT_EQ(result.scaling.size(), 3U);
  EXPECT_EQ(result.scaling[2].workers, 3);
  EXPECT_EQ(result.scaling[0].speedup, 1);
  for (const ScalingPoint& point : result.scaling) {
    EXPECT_GT(point.images_per_second, 0);
    EXPECT_GT(point.speedup, 0);
    EXPECT_GE(point.wait_share, 0);
    EXPECT_LE(point.wait_share, 1);
  }
  EXPECT_GT(result.base_bytes, 0U);
}

TEST(MeasureInput, TakesAboutTheTimeItWasGiven) {
  const RecordStore store = store_of(make_records(30), "bench_time");
  const auto begin = std::chrono::steady_clock::now();
  measure(store, 2, 1);
  const double seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  EXPECT_GT(seconds, 1.5);
  EXPECT_LT(seconds, 8);  // rounds are finished, on a machine that may be busy
}

TEST(MeasureInput, DamageEndsIt) {
  std::vector<TestRecord> records = make_records(10);
  records[4].picture = "text";
  EXPECT_THROW(measure(store_of(records, "bench_bad"), 0.1, 1), core::DataError);
}

TEST(MemoryUse, SeesWhatIsTaken) {
  constexpr size_t kBytes = size_t{64} << 20;
  const MemoryUse before = memory_use();
  {
    const std::vector<uint8_t> block(kBytes, 1);
    EXPECT_GE(memory_use().now + (kBytes >> 3), before.now + kBytes);
    EXPECT_EQ(block.back(), 1);
  }
  EXPECT_GE(memory_use().peak + (kBytes >> 3), before.now + kBytes);
}

}  // namespace
}  // namespace train_backbone::data
