// NCCL with one rank: all of the way but other GPUs.
#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <memory>
#include <utility>
#include <vector>

#include "tests/gpu/counted_graph.h"
#include "tests/gpu/gpu.h"
#include "tests/gpu/network.h"
#include "tests/gpu/no_wait.h"
#include "tests/gpu/same_bits.h"
#include "train_backbone/comm/device_ranks.h"
#include "train_backbone/comm/gradient_reducer.h"
#include "train_backbone/comm/thread_ranks.h"
#include "train_backbone/train/rank_sync.h"

namespace train_backbone::train {
namespace {

using comm::DeviceRanks;
using test::gpu;
using test::Network;
using test::noise_batch;

constexpr int64_t kBucketBytes = 1 << 20;  // the network has 45 MB

class GpuNccl : public testing::Test {
 protected:
  std::vector<std::unique_ptr<comm::Communicator>> controls_ = comm::make_thread_ranks(1);
  std::unique_ptr<DeviceRanks> ranks_ = comm::make_nccl_ranks(*controls_.front());
};

// Reductions take their turn between what the stream is given before and after.
TEST_F(GpuNccl, SumsAndMeansOfOneRankAreItsValues) {
  EXPECT_EQ(ranks_->world_size(), 1);
  for (const at::ScalarType type : {at::kFloat, at::kDouble}) {
    for (const auto operation : {DeviceRanks::Operation::kSum, DeviceRanks::Operation::kMean}) {
      const at::Tensor values = at::arange(1'000'003, at::dtype(type).device(gpu()));
      values.mul_(2);
      ranks_->begin(values, operation);
      ranks_->join();
      values.add_(1);
      EXPECT_TRUE(at::equal(values.cpu(), at::arange(1'000'003, at::dtype(type)) * 2 + 1));
    }
  }
  EXPECT_NO_THROW(ranks_->check());
}

constexpr int64_t kSteps = 10;
constexpr int64_t kWarmUp = 4;  // the fourth step is recorded

at::Tensor state_after_steps(at::ScalarType type, int64_t passes, RankSync* ranks, Network& network,
                             TrainStepGraph graph = {}) {
  TrainStepSettings settings = test::step_settings(type);
  settings.accumulate_steps = passes;
  TrainStep step(*network.model, network.arena, network.optimizer, settings, ranks,
                 std::move(graph));
  for (int64_t i = 0; i < kSteps; ++i) {
    const data::Batch batch = noise_batch(16, i);
    if (i < kWarmUp) {
      EXPECT_EQ(step.run(batch, 0.02).count, 16);
      continue;
    }
    // Nor does the host wait for reductions.
    const test::NoWait no_wait;
    EXPECT_NO_THROW(step.start(batch, 0.02));
  }
  return network.state();
}

// Buckets of gradients go through NCCL while the backward pass runs or, where steps are recorded,
// between the graph of the passes and that of the update.
TEST_F(GpuNccl, AStepOfOneRankIsTheStepWithoutRanks) {
  const test::SameBits same_bits;
  for (const at::ScalarType type : test::step_types()) {
    for (const int64_t passes : {1, 2}) {
      Network alone(gpu(), type);
      const at::Tensor wanted = state_after_steps(type, passes, nullptr, alone);
      for (const bool recorded : {false, true}) {
        SCOPED_TRACE(testing::Message()
                     << type << ", passes " << passes << ", recorded " << recorded);
        Network network(gpu(), type);
        RankSync sync(*controls_.front(),
                      comm::make_device_bucket_reducer(network.arena, *ranks_, kBucketBytes),
                      *network.model, /*average_statistics=*/true, ranks_.get());
        test::GraphCount count;
        const at::Tensor got =
            state_after_steps(type, passes, &sync, network,
                              recorded ? test::counted_graphs(count) : TrainStepGraph{});
        EXPECT_TRUE(at::equal(got, wanted));
        EXPECT_EQ(count.records, recorded ? 2 : 0);
        EXPECT_EQ(count.replays, recorded ? 2 * (kSteps - kWarmUp + 1) : 0);
      }
    }
  }
}

}  // namespace
}  // namespace train_backbone::train
