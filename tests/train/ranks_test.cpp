// What the ranks of a run do together, each on a thread of its own.
#include <ATen/ops/count_nonzero.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/full.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <cmath>
#include <limits>

#include "tests/support/on_ranks.h"
#include "tests/train/fake_batches.h"
#include "tests/train/replica.h"
#include "train_backbone/core/errors.h"
#include "train_backbone/train/rank_sync.h"
#include "train_backbone/train/ranked_batches.h"
#include "train_backbone/train/replicate.h"
#include "train_backbone/train/train_step.h"

namespace train_backbone::train {
namespace {

using RankCommunicator = std::unique_ptr<comm::Communicator>;
using testing::HasSubstr;

constexpr int64_t kRanks = 3;

TEST(RankSync, MetersAreSums) {
  test::on_ranks(kRanks, [](RankCommunicator communicator) {
    const int64_t rank = communicator->rank();
    Meters meters{.loss_sum = 1.5, .top1 = rank, .top5 = 2 * rank, .count = 10};
    RankSync::sum(*communicator, meters);
    EXPECT_EQ(meters, (Meters{.loss_sum = 4.5, .top1 = 3, .top5 = 6, .count = 30}));
  });
}

// Gradients: comm's own tests. Statistics are averaged here.
TEST(RankSync, StatisticsBecomeTheirMeanAndEqualOnesStayAsTheyAre) {
  test::on_ranks(kRanks, [](RankCommunicator communicator) {
    Replica replica;
    at::Tensor mean = replica.model->named_buffers()["norm.running_mean"];
    at::Tensor variance = replica.model->named_buffers()["norm.running_var"];
    const auto rank = static_cast<float>(communicator->rank());
    mean.fill_(rank);
    variance.fill_(0.1F);  // a third of three times that is another number in float
    RankSync sync(*communicator,
                  comm::make_inline_reducer(replica.arena, communicator->duplicate()),
                  *replica.model, /*average_statistics=*/true);
    Meters meters{.count = 1};
    sync.begin(/*last_pass=*/true);
    sync.finish(meters);
    EXPECT_EQ(mean[0].item<float>(), 1.0F);
    EXPECT_EQ(variance[0].item<float>(), 0.1F);
    EXPECT_EQ(meters.count, kRanks);
  });
}

// As on GPUs, with tensors on the CPU and the host's memory between the ranks.
TEST(RankSync, OnADeviceStatisticsMetersAndGradientsAreJoinedAlike) {
  test::on_ranks(kRanks, [](RankCommunicator communicator) {
    Replica replica;
    at::Tensor mean = replica.model->named_buffers()["norm.running_mean"];
    at::Tensor variance = replica.model->named_buffers()["norm.running_var"];
    const auto rank = static_cast<float>(communicator->rank());
    mean.fill_(rank);
    variance.fill_(0.1F);
    const auto device = comm::make_staged_ranks(communicator->duplicate());
    RankSync sync(*communicator, comm::make_device_bucket_reducer(replica.arena, *device, 1),
                  *replica.model, /*average_statistics=*/true, device.get());
    at::Tensor sums = at::full({4}, rank, at::kDouble);
    const at::Tensor images = at::full({2, 3, TinyModel::kImageSize, TinyModel::kImageSize}, rank);
    replica.model->eval();
    sync.begin(/*last_pass=*/true);
    replica.model->forward(images).sum().backward();
    sync.finish_on_gpu(sums);
    sync.check();
    EXPECT_EQ(mean[0].item<float>(), 1.0F);
    EXPECT_EQ(variance[0].item<float>(), 0.1F);
    EXPECT_TRUE(at::equal(sums, at::full({4}, 3.0, at::kDouble)));
    // Each rank's dense bias has 2 samples of gradient 1.
    EXPECT_EQ(replica.model->named_parameters()["dense.bias"].grad()[0].item<float>(), 2.0F);
  });
}

data::Batch some_batch() { return FakeBatches(20, 4, 4, 0, 20).next().value(); }

// All see it, whichever way their own loss went, and no rank's weights learn from it.
TEST(TrainStepOfRanks, ALossOfOneRankThatIsNoNumberUpdatesNobody) {
  test::on_ranks(kRanks, [](RankCommunicator communicator) {
    Replica replica;
    RunState state;
    replicate(*communicator, state, *replica.model, replica.optimizer);
    RankSync sync(*communicator,
                  comm::make_inline_reducer(replica.arena, communicator->duplicate()),
                  *replica.model, /*average_statistics=*/true);
    constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();
    TrainStepSettings settings;
    if (communicator->rank() == 1) settings.normalisation.mean = {kNaN, 0, 0};
    TrainStep step(*replica.model, replica.arena, replica.optimizer, settings, &sync);
    const at::Tensor before = replica.arena.weights().clone();
    const Meters meters = step.run(some_batch(), 0.1);
    EXPECT_TRUE(std::isnan(meters.loss_sum));
    EXPECT_EQ(meters.count, 4 * kRanks);
    EXPECT_TRUE(at::equal(replica.arena.weights(), before));
    EXPECT_EQ(at::count_nonzero(replica.optimizer.momentum_buffer()).item<int64_t>(), 0);
  });
}

TEST(Replicate, AllGoOnFromTheFirstRanksState) {
  test::on_ranks(kRanks, [](RankCommunicator communicator) {
    Replica replica;
    const auto rank = static_cast<float>(communicator->rank());
    replica.arena.weights().fill_(rank + 1);
    replica.optimizer.momentum_buffer().fill_(rank + 10);
    replica.model->named_buffers()["norm.running_var"].fill_(rank + 20);
    RunState state;
    if (communicator->rank() == 0) {
      state.step = 7;
      state.best_top1 = 12.5;
      state.epoch.count = 3;
      state.validation = Validation{.step = 6, .meters = {.loss_sum = 0.25, .count = 9}};
    }
    replicate(*communicator, state, *replica.model, replica.optimizer);
    EXPECT_EQ(state.step, 7);
    EXPECT_EQ(state.best_top1, 12.5);
    EXPECT_EQ(state.epoch.count, 3);
    ASSERT_TRUE(state.validation.has_value());
    EXPECT_EQ(state.validation->step, 6);
    EXPECT_EQ(state.validation->meters.loss_sum, 0.25);
    EXPECT_EQ(replica.model->named_parameters()["dense.bias"][0].item<float>(), 1);
    EXPECT_EQ(replica.optimizer.momentum_buffer()[0].item<float>(), 10);
    EXPECT_EQ(replica.model->named_buffers()["norm.running_var"][0].item<float>(), 20);
    EXPECT_NO_THROW(check_replicas(*communicator, 7, *replica.model, replica.optimizer));
  });
}

TEST(CheckReplicas, ASingleFlippedBitIsFoundAndItsRankNamed) {
  test::on_ranks(kRanks, [](RankCommunicator communicator) {
    Replica replica;
    RunState state;
    replicate(*communicator, state, *replica.model, replica.optimizer);
    if (communicator->rank() == 2) {
      auto* bits = static_cast<uint32_t*>(replica.arena.weights().data_ptr());
      bits[1] ^= 1U;
    }
    try {
      check_replicas(*communicator, 40, *replica.model, replica.optimizer);
      ADD_FAILURE() << "the flipped bit was not found";
    } catch (const core::Error& error) {
      EXPECT_EQ(error.code(), core::ExitCode::kDevice);
      EXPECT_THAT(error.what(), HasSubstr("at step 40 the weights of rank 2 are not"));
    }
  });
}

TEST(RankedBatches, WhatOneRankCannotReadFailsOnAllAtTheSameBatch) {
  test::on_ranks(kRanks, [](RankCommunicator communicator) {
    auto own = std::make_unique<FakeBatches>(20, 4, 2, 0, 20);
    if (communicator->rank() == 1) own->fail_at(4);  // the third batch
    RankedBatches batches(std::move(own), *communicator, [](const data::Batch&) {});
    EXPECT_TRUE(batches.next().has_value());
    EXPECT_TRUE(batches.next().has_value());
    EXPECT_THROW(batches.next(), core::DataError);
  });
}

// Batches of nothing but damage.
class DamagedBatches final : public data::BatchSource {
 public:
  explicit DamagedBatches(int64_t rank) : rank_(rank) {}
  std::optional<data::Batch> next() override {
    data::Batch batch;
    if (rank_ == 1) return batch;
    const auto record = static_cast<uint64_t>(rank_);
    batch.damaged = {{.record = record, .shard = "a", .offset = 10 * record, .reason = ""},
                     {.record = record, .shard = "b b", .offset = 11, .reason = "cut, \"short\""}};
    return batch;
  }
  [[nodiscard]] double seconds_waited() const override { return 0; }

 private:
  int64_t rank_;
};

TEST(RankedBatches, AllLearnOfAllDamageInTheOrderOfTheRanks) {
  test::on_ranks(kRanks, [](RankCommunicator communicator) {
    std::vector<std::string> seen;
    RankedBatches batches(std::make_unique<DamagedBatches>(communicator->rank()), *communicator,
                          [&](const data::Batch& batch) {
                            for (const auto& damage : batch.damaged) {
                              seen.push_back(damage.shard.string() + "|" +
                                             std::to_string(damage.offset) + "|" + damage.reason);
                            }
                          });
    batches.next();
    EXPECT_THAT(seen, testing::ElementsAre("a|0|", "b b|11|cut, \"short\"", "a|20|",
                                           "b b|11|cut, \"short\""));
  });
}

TEST(RankedBatches, AnObserverThatRefusesRefusesForAll) {
  test::on_ranks(kRanks, [](RankCommunicator communicator) {
    RankedBatches batches(std::make_unique<DamagedBatches>(communicator->rank()), *communicator,
                          [&](const data::Batch&) {
                            if (communicator->rank() == 0) throw core::DataError("x", "too many");
                          });
    EXPECT_THROW(batches.next(), core::DataError);
  });
}

}  // namespace
}  // namespace train_backbone::train
