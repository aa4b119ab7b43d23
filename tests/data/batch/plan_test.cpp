#include <gtest/gtest.h>

#include <set>
#include <stdexcept>
#include <vector>

#include "data/batch/evaluation_plan.h"
#include "data/batch/training_plan.h"

namespace train_backbone::data {
namespace {

constexpr uint64_t kRecords = 101;  // a prime, so that no batch divides it

std::vector<std::pair<uint64_t, uint64_t>> all_of(const SamplePlan& plan) {
  std::vector<std::pair<uint64_t, uint64_t>> samples;
  for (uint64_t position = 0; position < plan.size(); ++position) {
    const SampleRef sample = plan.at(position);
    samples.emplace_back(sample.epoch, sample.record);
  }
  return samples;
}

TrainingSourceSettings settings_of(int64_t batch, int64_t world, int64_t rank) {
  return {.seed = 5,
          .batch_size = batch,
          .global_batch_size = batch * world,
          .rank = rank,
          .first_step = 0,
          .end_step = 40};
}

TEST(TrainingPlan, EveryEpochHoldsEachRecordOnce) {
  const auto samples = all_of(TrainingPlan(kRecords, settings_of(12, 1, 0)));
  ASSERT_EQ(samples.size(), 480U);
  for (uint64_t epoch = 0; epoch < 4; ++epoch) {
    std::set<uint64_t> records;
    for (uint64_t place = 0; place < kRecords; ++place) {
      const auto& [sample_epoch, record] = samples[epoch * kRecords + place];
      ASSERT_EQ(sample_epoch, epoch);  // batches span the border of two epochs
      records.insert(record);
    }
    EXPECT_EQ(records.size(), kRecords);
  }
}

TEST(TrainingPlan, SlicesOfTheRanksJoinToTheGlobalBatch) {
  const auto whole = all_of(TrainingPlan(kRecords, settings_of(12, 1, 0)));
  for (const int64_t world : {2, 3, 4}) {
    const int64_t batch = 12 / world;
    std::vector<std::vector<std::pair<uint64_t, uint64_t>>> ranks;
    for (int64_t rank = 0; rank < world; ++rank) {
      ranks.push_back(all_of(TrainingPlan(kRecords, settings_of(batch, world, rank))));
    }
    std::vector<std::pair<uint64_t, uint64_t>> joined;
    for (int64_t step = 0; step < 40; ++step) {
      for (const auto& rank : ranks) {
        joined.insert(joined.end(), rank.begin() + step * batch, rank.begin() + (step + 1) * batch);
      }
    }
    EXPECT_EQ(joined, whole) << world << " ranks";
  }
}

TEST(TrainingPlan, BeginningLaterGivesTheTail) {
  const auto whole = all_of(TrainingPlan(kRecords, settings_of(4, 3, 1)));
  TrainingSourceSettings settings = settings_of(4, 3, 1);
  settings.first_step = 23;
  const auto tail = all_of(TrainingPlan(kRecords, settings));
  EXPECT_EQ(tail, decltype(tail)(whole.begin() + 23 * 4, whole.end()));
}

TEST(TrainingPlan, RefusesContradictions) {
  const auto plan = [](const TrainingSourceSettings& settings) {
    return TrainingPlan(kRecords, settings);
  };
  EXPECT_NO_THROW(plan(settings_of(4, 3, 2)));
  EXPECT_THROW(plan(settings_of(4, 3, 3)), std::invalid_argument);
  EXPECT_THROW(plan(settings_of(0, 3, 0)), std::invalid_argument);
  TrainingSourceSettings backwards = settings_of(4, 1, 0);
  backwards.first_step = 41;
  EXPECT_THROW(plan(backwards), std::invalid_argument);
  EXPECT_THROW(TrainingPlan(0, settings_of(4, 1, 0)), std::invalid_argument);
}

TEST(EvaluationPlan, GivesTheRangeInOrder) {
  const EvaluationPlan plan(kRecords, {.batch_size = 8, .first_record = 90, .end_record = 101});
  ASSERT_EQ(plan.size(), 11U);
  for (uint64_t position = 0; position < plan.size(); ++position) {
    EXPECT_EQ(plan.at(position).record, 90 + position);
  }
}

TEST(EvaluationPlan, RefusesARangeOutsideTheRecords) {
  const auto plan = [](uint64_t first, uint64_t end) {
    return EvaluationPlan(kRecords, {.batch_size = 8, .first_record = first, .end_record = end});
  };
  EXPECT_NO_THROW(plan(101, 101));
  EXPECT_THROW(plan(0, 102), std::invalid_argument);
  EXPECT_THROW(plan(5, 4), std::invalid_argument);
}

}  // namespace
}  // namespace train_backbone::data
