#include "data/batch/ring_source.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <mutex>
#include <set>
#include <stdexcept>

#include "train_backbone/core/rng.h"

namespace train_backbone::data {
namespace {

using std::chrono::milliseconds;

class CountingPlan final : public SamplePlan {
 public:
  CountingPlan(uint64_t size, uint64_t batch) : size_(size), batch_(batch) {}
  [[nodiscard]] uint64_t size() const override { return size_; }
  [[nodiscard]] uint64_t batch_size() const override { return batch_; }
  [[nodiscard]] SampleRef at(uint64_t position) const override {
    return {.epoch = position / 7, .record = position};
  }

 private:
  uint64_t size_;
  uint64_t batch_;
};

// What the readers of one test share.
struct Script {
  std::set<uint64_t> failing = {};
  std::set<uint64_t> left_out = {};
  int64_t slow_below_us = 0;  // each sample takes a random time below this
  std::atomic<uint64_t> greatest = 0;
  std::atomic<uint64_t> made = 0;
  mutable std::mutex mutex = {};
  std::vector<uint64_t> announced = {};
};

class ScriptedReader final : public SampleReader {
 public:
  explicit ScriptedReader(Script& script) : script_(script) {}
  std::optional<MadeSample> read(const SampleRef& sample, std::span<uint8_t> pixels,
                                 std::vector<DamagedRecord>& damaged) override {
    if (script_.slow_below_us > 0) {
      core::SampleRng rng(1, core::RngStream::kInit, 0, sample.record);
      const auto limit = static_cast<uint32_t>(script_.slow_below_us);
      std::this_thread::sleep_for(std::chrono::microseconds(rng.below(limit)));
    }
    uint64_t seen = script_.greatest;
    while (seen < sample.record && !script_.greatest.compare_exchange_weak(seen, sample.record)) {
    }
    ++script_.made;
    if (script_.failing.contains(sample.record)) {
      throw std::runtime_error("sample " + std::to_string(sample.record));
    }
    std::fill(pixels.begin(), pixels.end(), static_cast<uint8_t>(sample.record));
    if (script_.left_out.contains(sample.record)) {
      damaged.push_back({.record = sample.record, .shard = "s", .offset = 0, .reason = "r"});
      return std::nullopt;
    }
    return MadeSample{.record = sample.record, .label = static_cast<int64_t>(sample.record) * 3};
  }
  void will_need(const RecordRange& records) const override {
    const std::scoped_lock lock(script_.mutex);
    for (uint64_t i = 0; i < records.count; ++i) script_.announced.push_back(records.first + i);
  }

 private:
  Script& script_;
};

std::unique_ptr<RingSource> make_source(Script& script, uint64_t size, uint64_t batch,
                                        int workers) {
  std::vector<std::unique_ptr<SampleReader>> readers;
  for (int worker = 0; worker < workers; ++worker) {
    readers.push_back(std::make_unique<ScriptedReader>(script));
  }
  return std::make_unique<RingSource>(std::make_unique<CountingPlan>(size, batch),
                                      std::move(readers), 2);
}

void expect_counted(const Batch& batch, uint64_t first) {
  ASSERT_EQ(batch.images.size(), static_cast<size_t>(batch.size) * 12);
  ASSERT_EQ(batch.labels.size(), static_cast<size_t>(batch.size));
  for (size_t index = 0; index < batch.labels.size(); ++index) {
    const uint64_t record = first + index;
    ASSERT_EQ(batch.records[index], record);
    ASSERT_EQ(batch.epochs[index], record / 7);
    ASSERT_EQ(batch.labels[index], static_cast<int64_t>(record * 3));
    ASSERT_EQ(batch.images[index * 12], static_cast<uint8_t>(record));
    ASSERT_EQ(batch.images[index * 12 + 11], static_cast<uint8_t>(record));
  }
}

TEST(RingSource, DeliversEverySampleOnceInOrder) {
  for (const int workers : {1, 4, 16}) {
    for (const uint64_t batch_size : {1, 5, 64}) {
      Script script{.slow_below_us = 30};
      const auto source = make_source(script, 203, batch_size, workers);
      uint64_t delivered = 0;
      while (const auto batch = source->next()) {
        ASSERT_EQ(static_cast<uint64_t>(batch->size), std::min(batch_size, 203 - delivered));
        ASSERT_NO_FATAL_FAILURE(expect_counted(*batch, delivered));
        delivered += static_cast<uint64_t>(batch->size);
      }
      EXPECT_EQ(delivered, 203U);
      EXPECT_FALSE(source->next().has_value());
    }
  }
}

TEST(RingSource, EmptyPlanEndsAtOnce) {
  Script script;
  EXPECT_FALSE(make_source(script, 0, 4, 2)->next().has_value());
}

TEST(RingSource, DoesNotRunAheadOfTheConsumer) {
  Script script;
  const auto source = make_source(script, 1000, 4, 2);
  for (uint64_t taken = 0; taken < 5; ++taken) {
    std::this_thread::sleep_for(milliseconds(20));
    EXPECT_LT(script.greatest, (taken + 3) * 4);  // a ring of three batches
    source->next();
  }
}

TEST(RingSource, AnErrorComesAfterTheBatchesBeforeItAndStays) {
  for (int attempt = 0; attempt < 20; ++attempt) {
    Script script{.failing = {22, 23, 41}, .slow_below_us = 200};
    const auto source = make_source(script, 1000, 5, 4);
    for (uint64_t batch = 0; batch < 4; ++batch) {
      ASSERT_NO_FATAL_FAILURE(expect_counted(source->next().value(), batch * 5));
    }
    for (int call = 0; call < 2; ++call) {
      EXPECT_THAT([&] { source->next(); }, testing::ThrowsMessage<std::runtime_error>("sample 22"));
    }
    const uint64_t made = script.made;
    std::this_thread::sleep_for(milliseconds(2));
    EXPECT_EQ(script.made, made);  // the threads have ended
  }
}

TEST(RingSource, EarlyDestructionWaitsForNoMoreThanAPicture) {
  Script script{.slow_below_us = 2000};
  const auto begin = std::chrono::steady_clock::now();
  {
    const auto busy = make_source(script, 1'000'000, 100'000, 4);
    std::this_thread::sleep_for(milliseconds(5));
  }
  {
    const auto full = make_source(script, 1'000'000, 1, 4);  // its threads wait for room
    std::this_thread::sleep_for(milliseconds(30));
  }
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(20));  // of hundreds
}

TEST(RingSource, LeftOutSamplesCloseUpAndAreNamedInOrder) {
  for (const int workers : {1, 4}) {
    Script script{.left_out = {0, 3, 4, 10, 11, 12, 13, 14, 21}, .slow_below_us = 100};
    const auto source = make_source(script, 22, 5, workers);
    std::vector<std::vector<uint64_t>> records;
    std::vector<uint64_t> damaged;
    while (const auto batch = source->next()) {
      ASSERT_EQ(batch->images.size(), batch->records.size() * 12);
      for (size_t index = 0; index < batch->records.size(); ++index) {
        ASSERT_EQ(batch->labels[index], static_cast<int64_t>(batch->records[index] * 3));
        ASSERT_EQ(batch->images[index * 12 + 11], static_cast<uint8_t>(batch->records[index]));
      }
      ASSERT_EQ(static_cast<size_t>(batch->size), batch->records.size());
      records.push_back(batch->records);
      for (const DamagedRecord& record : batch->damaged) damaged.push_back(record.record);
    }
    EXPECT_EQ(records, (std::vector<std::vector<uint64_t>>{
                           {1, 2}, {5, 6, 7, 8, 9}, {}, {15, 16, 17, 18, 19}, {20}}));
    EXPECT_EQ(damaged, (std::vector<uint64_t>{0, 3, 4, 10, 11, 12, 13, 14, 21}));
  }
}

TEST(RingSource, BatchesThatComeBackAreUsedAgain) {
  Script script{.slow_below_us = 20};
  const auto source = make_source(script, 400, 4, 3);
  std::set<const uint8_t*> images;
  std::set<const int64_t*> labels;
  uint64_t delivered = 0;
  while (auto batch = source->next()) {
    ASSERT_NO_FATAL_FAILURE(expect_counted(*batch, delivered));
    delivered += static_cast<uint64_t>(batch->size);
    images.insert(batch->images.data());
    labels.insert(batch->labels.data());
    source->recycle(std::move(*batch));
  }
  EXPECT_EQ(delivered, 400U);
  EXPECT_LE(images.size(), 4U);  // a ring of three batches and the consumer's
  EXPECT_LE(labels.size(), 4U);
}

TEST(RingSource, AsksForEachRecordOnceAheadOfItsTurn) {
  Script script;
  const auto source = make_source(script, 1000, 10, 3);
  source->next();
  std::this_thread::sleep_for(milliseconds(20));
  {
    const std::scoped_lock lock(script.mutex);
    EXPECT_LT(*std::max_element(script.announced.begin(), script.announced.end()),
              SamplePlan::kReadAhead + 50);
  }
  while (source->next()) {
  }
  std::vector<uint64_t> expected;
  for (uint64_t record = SamplePlan::kReadAhead; record < 1000; ++record) {
    expected.push_back(record);
  }
  std::sort(script.announced.begin(), script.announced.end());
  EXPECT_EQ(script.announced, expected);
}

TEST(RingSource, CountsTheTimeItWaitsForWorkers) {
  Script slow{.slow_below_us = 4000};
  const auto waiting = make_source(slow, 40, 10, 1);
  while (waiting->next()) {
  }
  EXPECT_GT(waiting->seconds_waited(), 0.02);  // 40 samples of 2 ms on average
  Script fast;
  const auto ready = make_source(fast, 20, 10, 1);
  while (fast.made < 20) {
    std::this_thread::sleep_for(milliseconds(1));
  }
  std::this_thread::sleep_for(milliseconds(20));
  ready->next();
  EXPECT_LT(ready->seconds_waited(), waiting->seconds_waited());
}

}  // namespace
}  // namespace train_backbone::data
