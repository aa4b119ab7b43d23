// Steps that ranks record, as two graphs with their sums between them, against steps that they hand
// out anew, to the bit.
#include <ATen/ops/cat.h>
#include <ATen/ops/equal.h>
#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "tests/support/fake_graph.h"
#include "tests/support/on_ranks.h"
#include "tests/train/fake_batches.h"
#include "tests/train/replica.h"
#include "train_backbone/train/rank_sync.h"
#include "train_backbone/train/train_step.h"

namespace train_backbone::train {
namespace {

using test::FakeGraph;
using test::GraphCount;
using test::UnableGraph;

constexpr int64_t kRanks = 3;
constexpr int kSteps = 12;
constexpr int kOddStep = 7;
constexpr int64_t kBucketBytes = 1;  // each parameter by itself

using Sums = std::vector<std::pair<int64_t, comm::DeviceRanks::Operation>>;

// Ranks that keep what they are asked to add up, which is no work for a graph.
class NotedRanks final : public comm::DeviceRanks {
 public:
  NotedRanks(std::unique_ptr<comm::DeviceRanks> ranks, const GraphCount& graphs)
      : ranks_(std::move(ranks)), graphs_(graphs) {}
  [[nodiscard]] int64_t world_size() const override { return ranks_->world_size(); }
  void begin(const at::Tensor& tensor, Operation operation) override {
    EXPECT_FALSE(graphs_.replaying);
    sums.emplace_back(tensor.numel(), operation);
    ranks_->begin(tensor, operation);
  }
  void join() override { ranks_->join(); }
  void check() override { ranks_->check(); }

  Sums sums;

 private:
  std::unique_ptr<comm::DeviceRanks> ranks_;
  const GraphCount& graphs_;
};

struct Outcome {
  std::vector<Meters> meters;
  at::Tensor state;
  Sums sums;
  GraphCount graphs;
};

using MakeGraph = std::function<TrainStepGraph(int64_t rank, GraphCount& count)>;

TrainStepGraph no_graph(int64_t /*rank*/, GraphCount& /*count*/) { return {}; }

TrainStepGraph every_graph(int64_t /*rank*/, GraphCount& count) {
  return {.make = [&count] { return std::make_unique<FakeGraph>(count); }};
}

// The second rank cannot record.
TrainStepGraph all_but_one(int64_t rank, GraphCount& count) {
  if (rank != 1) return every_graph(rank, count);
  return {.make = [] { return std::make_unique<UnableGraph>(); },
          .on_failure = [](const core::DeviceError& /*error*/) {}};
}

// Each rank has samples of its own.
void train_rank(comm::Communicator& communicator, int64_t passes, const at::Tensor& weights,
                const MakeGraph& make_graph, Outcome& outcome) {
  const int64_t rank = communicator.rank();
  Replica replica;
  replica.arena.weights().copy_(weights);
  NotedRanks device(comm::make_staged_ranks(communicator.duplicate()), outcome.graphs);
  RankSync sync(communicator, comm::make_device_bucket_reducer(replica.arena, device, kBucketBytes),
                *replica.model, /*average_statistics=*/true, &device);
  TrainStep step(*replica.model, replica.arena, replica.optimizer,
                 {.normalisation = {.mean = {123, 116, 103}, .deviation = {58, 57, 56}},
                  .mixup = {.alpha = 0.4, .seed = 2},
                  .label_smoothing = 0.1,
                  .accumulate_steps = passes,
                  .loss_scaling = optim::LossScaling{.start = 1024, .growth_interval = 3},
                  .blind = true},
                 &sync, make_graph(rank, outcome.graphs));
  FakeBatches source(50, 4, 4, 100 * rank, 100 * rank + 4 * kSteps);
  FakeBatches odd_source(50, 4, 2, 10 * rank, 10 * rank + 2);
  for (int i = 0; i < kSteps; ++i) {
    const data::Batch batch = i == kOddStep ? *odd_source.next() : *source.next();
    outcome.meters.push_back(step.start(batch, 0.01 * (i + 1)).get());
  }
  std::vector<at::Tensor> parts{replica.arena.weights(), replica.optimizer.momentum_buffer()};
  for (const at::Tensor& buffer : replica.model->buffers()) {
    parts.push_back(buffer.to(at::kFloat).flatten());
  }
  outcome.state = at::cat(parts);
  outcome.sums = device.sums;
}

std::vector<Outcome> train_with(int64_t passes, const MakeGraph& make_graph) {
  at::manual_seed(4);
  const at::Tensor weights = Replica().arena.weights().clone();
  std::vector<Outcome> outcomes(kRanks);
  test::on_ranks(kRanks, [&](std::unique_ptr<comm::Communicator> communicator) {
    Outcome& own = outcomes[static_cast<size_t>(communicator->rank())];
    train_rank(*communicator, passes, weights, make_graph, own);
  });
  return outcomes;
}

void expect_all_are(const Outcome& wanted, const std::vector<Outcome>& outcomes) {
  for (const Outcome& got : outcomes) {
    EXPECT_EQ(got.meters, wanted.meters);
    EXPECT_TRUE(at::equal(got.state, wanted.state));
    EXPECT_EQ(got.sums, wanted.sums);
  }
}

// The first three steps and the odd one are handed out anew, of the odd one not the update.
constexpr int kReplays = 2 * (kSteps - 3) - 1;

TEST(TrainStepGraphOfRanks, ReplayedStepsAreBitwiseTheSame) {
  for (const int64_t passes : {1, 2}) {
    SCOPED_TRACE(passes);
    const std::vector<Outcome> eager = train_with(passes, no_graph);
    expect_all_are(eager[0], eager);
    const std::vector<Outcome> replayed = train_with(passes, every_graph);
    expect_all_are(eager[0], replayed);
    for (const Outcome& rank : replayed) {
      EXPECT_EQ(rank.graphs.records, 2);
      EXPECT_EQ(rank.graphs.replays, kReplays);
    }
    // What is compared has moved: five parameters, statistics and meters in each step.
    EXPECT_EQ(eager[0].sums.size(), size_t{6} * kSteps);
    EXPECT_NE(eager[0].meters[10], eager[0].meters[11]);
    EXPECT_EQ(eager[0].meters[11].count, 4 * kRanks);
  }
}

// Ranks need not agree on what they record.
TEST(TrainStepGraphOfRanks, ARankThatCannotRecordGoesAlongWithTheOthers) {
  const std::vector<Outcome> eager = train_with(1, no_graph);
  const std::vector<Outcome> mixed = train_with(1, all_but_one);
  expect_all_are(eager[0], mixed);
  EXPECT_EQ(mixed[0].graphs.replays, kReplays);
  EXPECT_EQ(mixed[1].graphs.replays, 0);
}

}  // namespace
}  // namespace train_backbone::train
